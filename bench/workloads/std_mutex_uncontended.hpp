// std_mutex_uncontended: what mutex_uncontended is measured against: the C++ library's mutex, in the same program. Compare at two workers:
// while a process has but one thread, glibc's mutex leaves the locked instructions out.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <mutex>

namespace stealyard::bench::std_mutex_uncontended {

inline run_outcome run(std::uint64_t size, random_source&) {
  std::mutex m;
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
  return {.name = "std_mutex_uncontended",
          .default_size = 1'000'000,
          .uses = {},
          .needs = {},
          .about = "as mutex_uncontended, with std::mutex; size: pairs",
          .run = &run};
}

}  // namespace stealyard::bench::std_mutex_uncontended
