// run_outcome: one run of a workload or one batch of a micro-benchmark: the timed part, what it did, and its answer.
// A run prepares, times, then checks: only what lies between the two readings of the clock counts.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace stealyard::bench {

struct run_outcome {
  double elapsed_ns = 0;
  std::uint64_t operations = 0;
  std::string expected;  // the answer is right if `got` says the same
  std::string got;
  std::vector<double> latencies_ns{};  // one an operation; empty where throughput is measured
  std::map<std::string, double> metrics{};  // what else was measured in this run, by name and unit: "rss_bytes_each"
};

class stopwatch {
  using clock = std::chrono::steady_clock;
  clock::time_point start_ = clock::now();

 public:
  double ns() const noexcept { return std::chrono::duration<double, std::nano>(clock::now() - start_).count(); }
};

// The first wrong answer; later right ones do not excuse it.
struct answer {
  bool ok = true;
  std::string expected;
  std::string got;

  void check(const run_outcome& run) {
    if (!ok) return;
    expected = run.expected;
    got = run.got;
    ok = expected == got;
  }
};

// splitmix64
class random_source {
  std::uint64_t state_;

 public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Uniform in [0, n), but for a bias of n / 2^32.
  std::uint64_t below(std::uint32_t n) noexcept { return ((next() >> 32) * n) >> 32; }
};

// What went in must come out exactly once: equal counts, sums and sums of squares, whatever the order.
struct tally {
  std::uint64_t count = 0, sum = 0, squares = 0;

  [[gnu::always_inline]] void add(std::uint64_t value) noexcept {
    ++count;
    sum += value;
    squares += value * value;
  }
  void add(const tally& other) noexcept {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
  }
  std::string text() const {
    return std::to_string(count) + " items, sum " + std::to_string(sum) + ", of squares " + std::to_string(squares);
  }
};

// The compiler must have `value` ready, and knows nothing of it afterwards.
template <class T>
[[gnu::always_inline]] inline void opaque(T& value) noexcept {
  asm volatile("" : "+r"(value)::"memory");
}

}  // namespace stealyard::bench
