// workload: a program on the runtime, as `--list` describes it and `--workload` runs it. One a file in bench/workloads.
#pragma once
#include "bench/harness/run_outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stealyard::bench {

struct workload {
  std::string_view name;
  std::string_view unit = "ns/op";
  double ns_per_unit = 1;
  std::uint64_t default_size = 0;
  std::uint64_t most_size = 1'000'000'000;  // lower where a run keeps something for each operation
  bool latency = false;
  bool quick = false;  // of those that the quick profile measures: together they use every kind of part
  std::vector<std::string_view> uses;   // kinds of parts that its time depends on; the others only sit there
  std::vector<std::string_view> needs;  // claims it relies on, as "kind:property" (micro registers what a variant has)
  std::string_view about;
  run_outcome (*run)(std::uint64_t size, random_source&);    // in the main goroutine
  std::string (*accepts)(std::uint64_t size) = nullptr;     // what is wrong with a size in range; empty: nothing
};

const std::vector<workload>& workloads();

}  // namespace stealyard::bench
