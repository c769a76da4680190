// yield: two goroutines that do nothing but let each other run.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::yield_of_two {

inline run_outcome run(std::uint64_t size, random_source&) {
  wait_group joined;
  std::uint64_t done[2] = {};
  const std::uint64_t share[2] = {size / 2, size - size / 2};
  joined.add(2);
  const stopwatch watch;
  for (int side = 0; side != 2; ++side) {
    go([&joined, mine = &done[side], wanted = share[side]] {
      std::uint64_t yields = 0;
      for (; yields != wanted; ++yields) yield();
      *mine = yields;
      joined.done();
    });
  }
  joined.wait();
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(size), .got = std::to_string(done[0] + done[1])};
}

inline workload row() {
  return {.name = "yield",
          .default_size = 200'000,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "two goroutines yield to each other; size: yields of both together",
          .run = &run};
}

}  // namespace stealyard::bench::yield_of_two
