// fan_in_out: one hands out, eight pass on, one gathers.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::fan_in_out {

inline constexpr unsigned workers = 8;
inline constexpr int places = 16;

inline run_outcome run(std::uint64_t size, random_source&) {
  const stopwatch watch;
  chan<std::uint64_t> out(places), in(places);
  go([out, size] {
    for (std::uint64_t i = 0; i != size; ++i) out.send(i);
    out.close();
  });
  for (unsigned w = 0; w != workers; ++w) {
    go([out, in] {
      for (std::uint64_t item : out) in.send(item + 1);
    });
  }
  tally got;
  for (std::uint64_t i = 0; i != size; ++i) got.add(in.recv());
  const double elapsed = watch.ns();
  tally expected;
  for (std::uint64_t i = 0; i != size; ++i) expected.add(i + 1);
  return {.elapsed_ns = elapsed, .operations = size, .expected = expected.text(), .got = got.text()};
}

inline workload row() {
  return {.name = "fan_in_out",
          .default_size = 50'000,
          .uses = {"run_queue", "idle", "victim", "parker", "channel_buffer"},
          .needs = {"channel_buffer:mpmc"},
          .about = "one sender, eight in between, one receiver, channels of capacity 16; size: items",
          .run = &run};
}

}  // namespace stealyard::bench::fan_in_out
