// ring_1000: a token counts down on its way round 1,000 goroutines. One lap, which starts every goroutine, is not timed.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <memory>

namespace stealyard::bench::ring_1000 {

inline constexpr std::uint64_t length = 1000;

inline run_outcome run(std::uint64_t size, random_source&) {
  std::vector<chan<std::uint64_t>> links(length);
  std::vector<std::uint64_t> visits(length);  // each written by one goroutine, read when all have ended
  chan<bool> finished;
  wait_group ended;
  for (std::uint64_t i = 0; i != length; ++i) {
    // Each chan made by vector's constructor is its own: it default-constructs every element.
    ended.go([visited = &visits[i], in = links[i], out = links[(i + 1) % length], finished] {
      for (std::uint64_t left : in) {
        ++*visited;
        if (left == 1) {
          finished.send(true);
        } else {
          out.send(left - 1);
        }
      }
    });
  }
  links[0].send(length);
  finished.recv();
  const stopwatch watch;
  links[0].send(size);
  finished.recv();
  const double elapsed = watch.ns();
  for (const auto& link : links) link.close();
  ended.wait();
  std::uint64_t hops = 0;
  for (const std::uint64_t visited : visits) hops += visited;
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(hops - length)};
}

inline workload row() {
  return {.name = "ring_1000",
          .default_size = 100'000,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "a token goes round 1,000 goroutines over unbuffered channels; size: hops",
          .run = &run};
}

}  // namespace stealyard::bench::ring_1000
