// mutex_uncontended: one goroutine locks and unlocks a mutex that nobody else wants.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::mutex_uncontended {

inline run_outcome run(std::uint64_t size, random_source&) {
  mutex m;
  std::uint64_t guarded = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    m.lock();
    ++guarded;
    m.unlock();
  }
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(guarded)};
}

inline workload row() {
  return {.name = "mutex_uncontended",
          .default_size = 1'000'000,
          .uses = {},
          .needs = {},
          .about = "lock and unlock a mutex that nobody else wants; size: pairs",
          .run = &run};
}

}  // namespace stealyard::bench::mutex_uncontended
