// select_of<N>: a select over N channels of capacity 1, of which one is ready; which one changes from turn to turn.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <array>
#include <utility>

namespace stealyard::bench {

template <std::size_t Count>
run_outcome select_of(std::uint64_t size, random_source&) {
  std::array<chan<std::uint64_t>, Count> from;
  for (auto& c : from) c = chan<std::uint64_t>(1);
  std::uint64_t sum = 0;
  const auto add = [&](std::uint64_t value) { sum += value; };
  std::uint32_t next = 1;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    next = next * 1664525u + 1013904223u;  // the same numbers in the Go program
    from[(next >> 16) % Count].send(i);
    [&]<std::size_t... I>(std::index_sequence<I...>) { select(on_recv(from[I], add)...); }(std::make_index_sequence<Count>());
  }
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size * (size - 1) / 2), .got = std::to_string(sum)};
}

inline workload select_row(const char* name, const char* about, run_outcome (*run)(std::uint64_t, random_source&), bool quick = false) {
  return {.name = name,
          .default_size = 200'000,
          .quick = quick,
          .uses = {"selector", "channel_buffer"},
          .needs = {},
          .about = about,
          .run = run};
}

}  // namespace stealyard::bench
