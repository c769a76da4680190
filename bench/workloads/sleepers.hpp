// sleepers: goroutines that all sleep 1 to 10 ms at the same time: how long until the last one is back (sleepers), and how late they are
// woken, at the 99th percentile of each run (sleepers_p99). A hundred thousand are more than a worker can wake in time.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <algorithm>

namespace stealyard::bench::sleepers {

inline constexpr std::uint64_t shortest_ns = 1'000'000;
inline constexpr std::uint32_t spread_ns = 9'000'001;

struct night {
  double elapsed_ns = 0;
  std::vector<std::int64_t> late_ns;  // a sleeper each
};

inline night sleep_all(std::uint64_t size, random_source& random) {
  std::vector<std::chrono::nanoseconds> durations(size);
  for (auto& d : durations) d = std::chrono::nanoseconds(shortest_ns + random.below(spread_ns));
  night past;
  past.late_ns.resize(size, -1);
  wait_group group;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    group.go([d = durations[i], &late = past.late_ns[i]] {
      const auto due = clock::now() + d;
      sleep(d);
      late = (clock::now() - due).count();
    });
  }
  group.wait();
  past.elapsed_ns = watch.ns();
  return past;
}

inline run_outcome outcome_of(const night& past, double value_ns) {
  const auto in_time = std::count_if(past.late_ns.begin(), past.late_ns.end(), [](std::int64_t late) { return late >= 0; });
  return {.elapsed_ns = value_ns,
          .operations = 1,
          .expected = std::to_string(past.late_ns.size()) + " woke, none early",
          .got = std::to_string(in_time) + " woke, none early"};
}

inline run_outcome run_total(std::uint64_t size, random_source& random) {
  const night past = sleep_all(size, random);
  return outcome_of(past, past.elapsed_ns);
}

inline run_outcome run_p99(std::uint64_t size, random_source& random) {
  night past = sleep_all(size, random);
  const auto rank = past.late_ns.begin() + static_cast<std::ptrdiff_t>((size * 99 + 99) / 100 - 1);
  std::nth_element(past.late_ns.begin(), rank, past.late_ns.end());
  return outcome_of(past, static_cast<double>(*rank));
}

inline workload total_row() {
  return {.name = "sleepers",
          .unit = "ms/run",
          .ns_per_unit = 1e6,
          .default_size = 100'000,
          .most_size = 1'000'000,
          .uses = {"timer_queue", "run_queue", "idle", "parker"},
          .needs = {},
          .about = "goroutines sleep 1 to 10 ms, all at once, until the last is back; size: goroutines",
          .run = &run_total};
}
inline workload p99_row() {
  return {.name = "sleepers_p99",
          .unit = "ms late",
          .ns_per_unit = 1e6,
          .default_size = 100'000,
          .most_size = 1'000'000,
          .uses = {"timer_queue", "run_queue", "idle", "parker"},
          .needs = {},
          .about = "the same: by how much the 99th of 100 sleepers is woken late; size: goroutines",
          .run = &run_p99};
}

}  // namespace stealyard::bench::sleepers
