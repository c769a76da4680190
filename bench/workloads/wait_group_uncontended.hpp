// wait_group_uncontended: add, done and a wait that finds zero.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::wait_group_uncontended {

inline run_outcome run(std::uint64_t size, random_source&) {
  wait_group group;
  std::uint64_t returned = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    group.add(1);
    group.done();
    group.wait();
    ++returned;
  }
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(returned)};
}

inline workload row() {
  return {.name = "wait_group_uncontended",
          .default_size = 1'000'000,
          .uses = {},
          .needs = {},
          .about = "add, done and wait, by one goroutine; size: times all three",
          .run = &run};
}

}  // namespace stealyard::bench::wait_group_uncontended
