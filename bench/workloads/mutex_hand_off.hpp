// mutex_hand_off: two goroutines wake each other by unlocking what the other waits for.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::mutex_hand_off {

inline run_outcome run(std::uint64_t size, random_source&) {
  mutex ping, pong;
  std::uint64_t token = 0;  // whoever was woken last has it
  ping.lock();
  pong.lock();
  wait_group ended;
  ended.go([&] {
    for (std::uint64_t i = 0; i != size; ++i) {
      ping.lock();
      ++token;
      pong.unlock();
    }
  });
  std::uint64_t in_turn = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    ping.unlock();
    pong.lock();
    in_turn += token == i + 1;
  }
  const double elapsed = watch.ns();
  ended.wait();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(in_turn)};
}

inline workload row() {
  return {.name = "mutex_hand_off",
          .default_size = 100'000,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "round trips of a token: each unlocks the mutex that the other waits for; size: round trips",
          .run = &run};
}

}  // namespace stealyard::bench::mutex_hand_off
