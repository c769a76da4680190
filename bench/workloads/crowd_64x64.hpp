// crowd_64x64: 64 senders and 64 receivers on one channel of capacity 64.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <memory>

namespace stealyard::bench::crowd_64x64 {

inline constexpr std::uint64_t crowd = 64;

inline run_outcome run(std::uint64_t size, random_source&) {
  const auto received = std::make_unique<tally[]>(crowd);
  const stopwatch watch;
  chan<std::uint64_t> items(static_cast<int>(crowd));
  wait_group sent, ended;
  for (std::uint64_t me = 0; me != crowd; ++me) {
    sent.go([items, me, size] {
      for (std::uint64_t i = me; i < size; i += crowd) items.send(i);
    });
    ended.go([items, &mine = received[me]] {
      for (std::uint64_t item : items) mine.add(item);
    });
  }
  sent.wait();
  items.close();
  ended.wait();
  const double elapsed = watch.ns();
  tally expected, got;
  for (std::uint64_t i = 0; i != size; ++i) expected.add(i);
  for (std::uint64_t me = 0; me != crowd; ++me) got.add(received[me]);
  return {.elapsed_ns = elapsed, .operations = size, .expected = expected.text(), .got = got.text()};
}

inline workload row() {
  return {.name = "crowd_64x64",
          .default_size = 50'000,
          .uses = {"run_queue", "idle", "victim", "parker", "channel_buffer"},
          .needs = {"channel_buffer:mpmc"},
          .about = "64 senders and 64 receivers on one channel of capacity 64; size: items",
          .run = &run};
}

}  // namespace stealyard::bench::crowd_64x64
