// ping_pong: a number goes out over one unbuffered channel and comes back, one larger, over another.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::ping_pong {

inline run_outcome run(std::uint64_t size, random_source&) {
  chan<std::uint64_t> ping, pong;
  go([=] {
    for (std::uint64_t value : ping) pong.send(value + 1);
    pong.close();
  });
  std::uint64_t sum = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    ping.send(i);
    sum += pong.recv();
  }
  const double elapsed = watch.ns();
  ping.close();
  pong.recv();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size * (size + 1) / 2), .got = std::to_string(sum)};
}

inline workload row() {
  return {.name = "ping_pong",
          .default_size = 100'000,
          .quick = true,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "round trips over two unbuffered channels; size: round trips",
          .run = &run};
}

}  // namespace stealyard::bench::ping_pong
