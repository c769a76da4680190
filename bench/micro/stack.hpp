// Micro-benchmarks of a stack source: the slow path beneath the scheduler's own lists.
#pragma once
#include "bench/harness/micro.hpp"
#include "core/contract/stack.hpp"

namespace stealyard::micro::stack_suite {

inline constexpr std::size_t warm = 64;

// Blocks in turn, each touched before, so that no page fault is measured.
template <class Stack>
run_outcome acquire_release(std::uint64_t size, random_source&) {
  Stack stacks({.most = 2 * warm});
  stack_block held[warm];
  for (auto& block : held) {
    block = stacks.acquire();
    if (block) block.top()[-1] = std::byte{1};
  }
  for (auto& block : held) {
    if (block) stacks.release(block);
  }
  std::uint64_t sound = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    const stack_block block = stacks.acquire();
    if (!block) break;
    block.top()[-1] = std::byte{2};
    if (stacks.release(block)) ++sound;
  }
  const double elapsed = watch.ns();
  const std::size_t out = stacks.counters().in_use;
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size) + " sound, 0 out",
          .got = std::to_string(sound) + " sound, " + std::to_string(out) + " out"};
}

// Never used before: what the first goroutine on a stack pays, the page fault included.
template <class Stack>
run_outcome acquire_fresh(std::uint64_t size, random_source&) {
  Stack stacks({.most = size});
  std::uint64_t usable = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    const stack_block block = stacks.acquire();
    if (!block) break;
    block.top()[-1] = std::byte{1};
    ++usable;
  }
  const double elapsed = watch.ns();
  const std::size_t out = stacks.counters().in_use;
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size) + " usable, " + std::to_string(size) + " out",
          .got = std::to_string(usable) + " usable, " + std::to_string(out) + " out"};
}

template <class S>
void add(const char* name) {
  suite s("stack", name);
  s.add({"acquire_release", "a warm stack taken, touched and given back; size: stacks", 20'000, 100'000'000, &acquire_release<S>});
  s.add({"acquire_fresh", "a stack nobody has touched; size: stacks", 256, 100'000, &acquire_fresh<S>});
}

}  // namespace stealyard::micro::stack_suite
