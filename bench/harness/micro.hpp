// Micro-benchmarks: one small thing done by one variant, many times. A suite bench/micro/<kind>.hpp is a template over the variant;
// a generated unit for each variant registers its scenarios at start-up. Nothing here knows Google Benchmark: harness/gbench.cpp does.
#pragma once
#include "bench/harness/run_outcome.hpp"

#include <string>
#include <vector>

namespace stealyard::micro {

using bench::opaque;
using bench::random_source;
using bench::run_outcome;
using bench::stopwatch;
using bench::tally;

// `run` does one batch of `size` operations, on what it builds for itself. Times only the operations.
struct scenario {
  std::string name;
  std::string about;
  std::uint64_t default_size;
  std::uint64_t most_size;
  run_outcome (*run)(std::uint64_t size, random_source&);
  unsigned threads = 1;           // 2: needs two CPUs and pins itself to them
  std::string not_applicable{};   // why this variant cannot; empty: it can
  bool quick = false;             // see workload
};

struct variant_scenario : scenario {
  std::string kind;
  std::string variant;
  std::string workload_name() const { return "micro." + kind + "." + name; }
};

// What a suite fills in `add`.
class suite {
  std::string kind_, variant_;

 public:
  suite(const char* kind, const char* variant) : kind_(kind), variant_(variant) {}
  void add(scenario s);
  // A property that workloads may need, e.g. "mpmc".
  void has(std::string property);
};

// Sorted by kind and variant; scenarios in the order of their suite.
const std::vector<variant_scenario>& scenarios();
// "mpmc" of channel_buffer vyukov_mpmc? False too for a variant without suite.
bool variant_has(std::string_view kind, std::string_view variant, std::string_view property);

}  // namespace stealyard::micro
