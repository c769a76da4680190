// buffered: one producer, one consumer, and 128 places between them.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::buffered {

inline run_outcome run(std::uint64_t size, random_source&) {
  chan<std::uint64_t> items(128);
  const stopwatch watch;
  go([=] {
    for (std::uint64_t i = 0; i != size; ++i) items.send(i);
    items.close();
  });
  std::uint64_t received = 0, wrong_place = 0, wrong_value = 0;
  bool in_order = true;
  for (std::uint64_t value : items) {
    if (value != received && in_order) [[unlikely]] {
      in_order = false;
      wrong_place = received;
      wrong_value = value;
    }
    ++received;
  }
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size),
          .got = in_order ? std::to_string(received) : std::to_string(wrong_value) + " in place " + std::to_string(wrong_place)};
}

inline workload row() {
  return {.name = "buffered",
          .default_size = 500'000,
          .quick = true,
          .uses = {"run_queue", "idle", "victim", "parker", "channel_buffer"},
          .needs = {"channel_buffer:producer_order"},
          .about = "one producer, one consumer, a channel of capacity 128; size: items",
          .run = &run};
}

}  // namespace stealyard::bench::buffered
