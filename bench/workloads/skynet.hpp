// skynet: a tree of goroutines, ten children a node; the leaves send their number, every node the sum of its children.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::skynet {

inline constexpr std::uint64_t children = 10;

inline void node(const chan<std::uint64_t>& result, std::uint64_t first, std::uint64_t leaves) {
  if (leaves == 1) return result.send(first);
  chan<std::uint64_t> sums;
  const std::uint64_t each = leaves / children;
  for (std::uint64_t i = 0; i != children; ++i) {
    go([sums, from = first + i * each, each] { node(sums, from, each); });
  }
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i != children; ++i) sum += sums.recv();
  result.send(sum);
}

inline run_outcome run(std::uint64_t size, random_source&) {
  chan<std::uint64_t> result;
  const stopwatch watch;
  go([=] { node(result, 0, size); });
  const std::uint64_t sum = result.recv();
  return {.elapsed_ns = watch.ns(), .operations = 1, .expected = std::to_string(size * (size - 1) / 2), .got = std::to_string(sum)};
}

inline constexpr std::uint64_t most_leaves = 1'000'000;

inline std::string accepts(std::uint64_t size) {
  for (std::uint64_t power = 1; power <= most_leaves; power *= 10) {
    if (size == power) return {};
  }
  return "--size '" + std::to_string(size) + "' is not accepted by skynet: a power of ten from 1 to " + std::to_string(most_leaves) + " is";
}

inline workload row() {
  return {.name = "skynet",
          .unit = "ms/run",
          .ns_per_unit = 1e6,
          .default_size = 100'000,
          .quick = true,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "a tree of goroutines, 10 children each, sums its leaves over unbuffered channels; size: leaves",
          .run = &run,
          .accepts = &accepts};
}

}  // namespace stealyard::bench::skynet
