// The micro-benchmarks under Google Benchmark, which chooses how many batches make a sample.
#pragma once
#include "bench/harness/sampling.hpp"

namespace stealyard::bench {

// One scenario, one sample a repetition.
measured sample_scenario(const request&);

// `--gbench`: the usual command line, with our own table. Returns the exit status.
int run_google_benchmark(int argc, char** argv);

}  // namespace stealyard::bench
