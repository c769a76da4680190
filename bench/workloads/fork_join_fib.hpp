// fork_join_fib: Fibonacci's definition, a goroutine for one of the two calls, joined by a wait group.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::fork_join_fib {

inline std::uint64_t fib(std::uint64_t n) {
  if (n < 2) return n;
  std::uint64_t left = 0;
  wait_group joined;
  joined.go([&left, n] { left = fib(n - 1); });
  const std::uint64_t right = fib(n - 2);
  joined.wait();
  return left + right;
}

inline run_outcome run(std::uint64_t size, random_source&) {
  std::uint64_t expected = 0, next = 1;
  for (std::uint64_t i = 0; i != size; ++i) next += std::exchange(expected, next);
  const std::uint64_t forks = std::max<std::uint64_t>(next, 2) - 1;  // calls with n >= 2: fib(n + 1) - 1
  const stopwatch watch;
  const std::uint64_t got = fib(size);
  return {.elapsed_ns = watch.ns(), .operations = forks, .expected = std::to_string(expected), .got = std::to_string(got)};
}

inline workload row() {
  return {.name = "fork_join_fib",
          .default_size = 20,
          .most_size = 40,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "Fibonacci numbers, a goroutine and a wait group a fork; ns a fork; size: which number",
          .run = &run};
}

}  // namespace stealyard::bench::fork_join_fib
