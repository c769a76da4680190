// What the native suites share: the test's seed and its random numbers, threads that start together, time boxes.
#pragma once
#include "core/world/native_perturbed.hpp"
#include "core/world/real.hpp"

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace stealyard::conformance {

namespace detail {
inline std::uint64_t current_seed = 0;
inline std::atomic<bool> check_failed{false};
inline std::atomic<std::uint64_t>* rounds = nullptr;  // if somebody counts them

inline std::uint64_t seed_from_environment() {
  const char* text = std::getenv("STEALYARD_TEST_SEED");
  if (text == nullptr) return (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  std::uint64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || stopped != end || text == end) {
    std::fprintf(stderr, "STEALYARD_TEST_SEED=%s is no seed; accepted is a decimal number below 2^64\n", text);
    std::exit(2);
  }
  return value;
}
}  // namespace detail

// The running test's seed: STEALYARD_TEST_SEED, else fresh.
inline std::uint64_t seed() { return detail::current_seed; }
inline void begin_test(std::uint64_t with_seed) {
  detail::current_seed = with_seed;
  detail::check_failed.store(false, std::memory_order_relaxed);
  world::native_seed(with_seed);
  world::perturbation_seed.store(with_seed, relaxed);
}
inline void begin_test() { begin_test(detail::seed_from_environment()); }

// Whether a check of the running test failed, on any thread. GoogleTest's own HasFailure() walks a vector without its lock, while other
// threads' failing checks make it grow. The main program notes failures as they are reported.
inline bool a_check_failed() { return detail::check_failed.load(std::memory_order_relaxed); }
inline void note_failed_check() { detail::check_failed.store(true, std::memory_order_relaxed); }

// Counts there the rounds of time boxes that begin from now on.
inline void count_rounds(std::atomic<std::uint64_t>& there) { detail::rounds = &there; }

// splitmix64. Threads of one test draw from streams of their own.
class random_numbers {
  std::uint64_t state_;

 public:
  explicit random_numbers(std::uint64_t stream = 0) : state_(seed() + stream * 0x632be59bd9b4e019u) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
};

// Concurrent tests run in boxes of time, not in counts, so that they take no longer under a sanitizer or on a busy machine.
class time_box {
  nanoseconds_t end_;
  unsigned rounds_ = 0;

 public:
  explicit time_box(unsigned milliseconds = 120) : end_(real::now() + milliseconds * nanoseconds_t{1'000'000}) {}
  // At least three rounds, whatever they take.
  bool more() {
    if (rounds_++ >= 3 && real::now() >= end_) return false;
    if (detail::rounds != nullptr) detail::rounds->fetch_add(1, std::memory_order_relaxed);
    return true;
  }
};

inline constexpr nanoseconds_t patience = 10'000'000'000;  // after so long without progress something is lost

// One turn of a bounded wait in a test; false when patience is at its end.
class patient_loop {
  nanoseconds_t end_ = real::now() + patience;
  unsigned turns_ = 0;

 public:
  bool turn() {
    if (++turns_ % 64 != 0) {
      real::pause();
      return true;
    }
    real::yield();
    return real::now() < end_;
  }
};

// f(0) .. f(n - 1) on n threads that start at the same moment; returns when all are done.
template <class F>
void together(unsigned n, F&& f) {
  std::atomic<unsigned> waiting{n};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i != n; ++i) {
    threads.emplace_back([&, i] {
      waiting.fetch_sub(1);
      while (waiting.load() != 0) real::yield();
      f(i);
    });
  }
  for (auto& t : threads) t.join();
}

// Every item is taken exactly once: 0 .. n - 1 are put in, taken(i) tells how often i came out.
class ledger {
  std::vector<std::atomic<std::uint8_t>> taken_;

 public:
  explicit ledger(std::size_t items) : taken_(items) {}
  std::size_t size() const { return taken_.size(); }
  // False: it was never put in, or it is taken for the second time.
  bool take(std::size_t item) { return item < taken_.size() && taken_[item].fetch_add(1, std::memory_order_relaxed) == 0; }
  // The first of 0 .. n - 1 that was not taken exactly once; n if there is none.
  std::size_t first_wrong(std::size_t n) const {
    for (std::size_t i = 0; i != n; ++i) {
      if (taken_[i].load(std::memory_order_relaxed) != 1) return i;
    }
    return n;
  }
  unsigned count(std::size_t item) const { return taken_[item].load(std::memory_order_relaxed); }
};

}  // namespace stealyard::conformance
