// spawn_join: start a goroutine, wait for its end, and again.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::spawn_join {

inline run_outcome run(std::uint64_t size, random_source&) {
  wait_group joined;
  std::uint64_t ran = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    joined.add(1);
    go([&] {
      ++ran;  // one at a time: each is joined before the next starts
      joined.done();
    });
    joined.wait();
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(size), .got = std::to_string(ran)};
}

inline workload row() {
  return {.name = "spawn_join",
          .default_size = 100'000,
          .quick = true,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "start a goroutine and wait for its end, one by one; size: goroutines",
          .run = &run};
}

}  // namespace stealyard::bench::spawn_join
