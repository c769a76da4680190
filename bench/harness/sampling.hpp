// Samples: a run that warms up and is dropped, but whose answer counts; then as many whole runs a sample as fill the time asked for.
#pragma once
#include "bench/harness/options.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace stealyard::bench {

struct latency_summary {
  std::size_t count = 0;
  std::vector<std::array<double, 2>> percentiles;  // percent, ns; nearest rank: values that were measured
};

struct measured {
  std::string unit;
  std::vector<double> samples;
  std::uint64_t operations = 0;  // in the last sample
  unsigned threads = 1;          // that work at the same time
  latency_summary latency;       // count 0: throughput was measured
  double cpu_seconds = 0;        // of the whole process, over all samples
  double harness_cost = 0;       // an empty loop of the same shape, in the same unit
  std::map<std::string, std::vector<double>> metrics;  // what workloads measure besides, a value a run
  answer checked;
};

// Runs it under stealyard::run with the parts asked for.
measured sample_workload(const request&);

double cpu_seconds_so_far();
double median(std::vector<double> values);

}  // namespace stealyard::bench
