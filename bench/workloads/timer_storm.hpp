// timer_storm: timeouts that are put off again and again, as every request of a server does: goroutines reset timers that are pending,
// far in the future, and stop and restart one in eight.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::timer_storm {

inline constexpr std::uint64_t goroutines = 8;
inline constexpr std::uint64_t timers_each = 128;

// How many of `times` operations found their timer pending, as all must.
inline std::uint64_t put_off(std::uint64_t times) {
  std::vector<timer> pending;
  for (std::uint64_t i = 0; i != timers_each; ++i) pending.emplace_back(std::chrono::hours(1));
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i != times; ++i) {
    const timer& t = pending[i % timers_each];
    const auto later = std::chrono::hours(1) + std::chrono::microseconds(i % 1000);
    if (i % 8 != 7) {
      found += t.reset(later);
    } else {
      found += t.stop() && !t.reset(later);
    }
  }
  return found;
}

inline run_outcome run(std::uint64_t size, random_source&) {
  std::uint64_t found[goroutines] = {};
  wait_group group;
  const stopwatch watch;
  for (std::uint64_t g = 0; g != goroutines; ++g) {
    group.go([&mine = found[g], times = size / goroutines + (g < size % goroutines)] { mine = put_off(times); });
  }
  group.wait();
  const double elapsed = watch.ns();
  std::uint64_t sum = 0;
  for (const std::uint64_t f : found) sum += f;
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(sum)};
}

inline workload row() {
  return {.name = "timer_storm",
          .default_size = 200'000,
          .quick = true,
          .uses = {"timer_queue"},
          .needs = {},
          .about = "8 goroutines reset their 128 pending timers each, and stop one in eight; size: resets",
          .run = &run};
}

}  // namespace stealyard::bench::timer_storm
