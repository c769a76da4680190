// select_ping_pong: as ping_pong, but each send and each receive is a select of two that could also be told to stop.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::select_ping_pong {

inline run_outcome run(std::uint64_t size, random_source&) {
  chan<std::uint64_t> ping, pong;
  chan<std::uint64_t> stop;
  go([=] {
    bool more = true;
    while (more) {
      std::uint64_t value = 0;
      select(on_recv(ping, [&](std::uint64_t v) { value = v; }), on_recv(stop, [&] { more = false; }));
      if (more) select(on_send(pong, value + 1), on_recv(stop, [&] { more = false; }));
    }
    pong.close();
  });
  std::uint64_t sum = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    select(on_send(ping, i), on_recv(stop));
    select(on_recv(pong, [&](std::uint64_t v) { sum += v; }), on_recv(stop));
  }
  const double elapsed = watch.ns();
  stop.close();
  pong.recv();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size * (size + 1) / 2), .got = std::to_string(sum)};
}

inline workload row() {
  return {.name = "select_ping_pong",
          .default_size = 100'000,
          .uses = {"run_queue", "idle", "victim", "parker", "selector"},
          .needs = {"selector:sleeps"},  // who does not never meets another on an unbuffered channel
          .about = "round trips over two unbuffered channels, each end a select of two; size: round trips",
          .run = &run};
}

}  // namespace stealyard::bench::select_ping_pong
