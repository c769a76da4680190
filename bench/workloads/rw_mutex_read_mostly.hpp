// rw_mutex_read_mostly: four goroutines read what an rw_mutex guards; every hundredth time they write it.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <array>

namespace stealyard::bench::rw_mutex_read_mostly {

inline constexpr std::uint64_t goroutines = 4, reads_a_write = 100;

inline run_outcome run(std::uint64_t size, random_source&) {
  rw_mutex m;
  alignas(64) std::uint64_t guarded = 0;  // not on the mutex's line, nor is it in Go, where both are on the heap
  alignas(64) std::array<std::uint64_t, goroutines> steps_back{};  // each written by one goroutine
  wait_group ended;
  const stopwatch watch;
  for (std::uint64_t g = 0; g != goroutines; ++g) {
    ended.go([&, g, share = size / goroutines + (g < size % goroutines)] {
      std::uint64_t newest = 0;
      for (std::uint64_t i = 0; i != share; ++i) {
        if (i % reads_a_write == 0) {
          m.lock();
          newest = ++guarded;
          m.unlock();
        } else {
          m.lock_shared();
          if (guarded < newest) ++steps_back[g];  // a branch: no store, hence no line that two workers fight for
          newest = guarded;
          m.unlock_shared();
        }
      }
    });
  }
  ended.wait();
  const double elapsed = watch.ns();
  std::uint64_t writes = 0, wrong = 0;
  for (std::uint64_t g = 0; g != goroutines; ++g) {
    writes += (size / goroutines + (g < size % goroutines) + reads_a_write - 1) / reads_a_write;
    wrong += steps_back[g];
  }
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(writes) + " writes, 0 steps back",
          .got = std::to_string(guarded) + " writes, " + std::to_string(wrong) + " steps back"};
}

inline workload row() {
  return {.name = "rw_mutex_read_mostly",
          .default_size = 500'000,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "four goroutines share an rw_mutex, one section in a hundred writes; size: sections of all together",
          .run = &run};
}

}  // namespace stealyard::bench::rw_mutex_read_mostly
