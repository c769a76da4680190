// mutex_contended: four goroutines count under one mutex.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <mutex>

namespace stealyard::bench::mutex_contended {

inline constexpr std::uint64_t goroutines = 4;

inline run_outcome run(std::uint64_t size, random_source&) {
  mutex m;
  std::uint64_t guarded = 0;
  wait_group ended;
  const stopwatch watch;
  for (std::uint64_t g = 0; g != goroutines; ++g) {
    ended.go([&, share = size / goroutines + (g < size % goroutines)] {
      for (std::uint64_t i = 0; i != share; ++i) {
        const std::lock_guard lock(m);
        ++guarded;
      }
    });
  }
  ended.wait();
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(guarded)};
}

inline workload row() {
  return {.name = "mutex_contended",
          .default_size = 500'000,
          .quick = true,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "four goroutines lock one mutex, add one and unlock; size: sections of all together",
          .run = &run};
}

}  // namespace stealyard::bench::mutex_contended
