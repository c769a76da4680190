// Micro-benchmarks of a timer_queue with 1,000 timers inside.
#pragma once
#include "bench/harness/micro.hpp"
#include "core/contract/timer_queue.hpp"

#include <algorithm>

namespace stealyard::micro::timer_queue_suite {

inline constexpr std::size_t pending = 1000;
inline constexpr nanoseconds_t spread = 1'000'000;

struct bench_timer : timer_hook {};

template <class Queue>
class filled {
  std::vector<bench_timer> timers_{pending};
  std::vector<nanoseconds_t> delays_{std::vector<nanoseconds_t>(4096)};
  std::size_t used_ = 0;

 public:
  Queue queue;
  nanoseconds_t now = 0;

  explicit filled(random_source& random) {
    for (auto& delay : delays_) delay = 1 + static_cast<nanoseconds_t>(random.below(spread));
    for (auto& timer : timers_) insert(timer, 0);
  }
  [[gnu::always_inline]] void insert(bench_timer& timer, nanoseconds_t after) {
    timer.when = after + delays_[used_++ % delays_.size()];
    queue.insert(timer);
  }
  // The next timer, once time has come so far; null only if there is none.
  [[gnu::always_inline]] bench_timer* wait_for_one() {
    for (;;) {
      bench_timer* const due = queue.pop_due(now);
      if (due != nullptr) return due;
      if (queue.earliest() == never) return nullptr;
      now = std::max(now, queue.earliest()) + Queue::claims.resolution;
      if (now < queue.earliest()) ++now;
    }
  }
  // Takes out all that is left: how many different timers, each once.
  std::uint64_t drain() {
    std::vector<bool> seen(pending, false);
    std::uint64_t different = 0;
    while (const bench_timer* timer = wait_for_one()) {
      const auto at = static_cast<std::size_t>(timer - timers_.data());
      if (at >= pending || seen[at]) return pending + 1;
      seen[at] = true;
      ++different;
    }
    return different;
  }
};

// The hold model: what is due is taken out and goes in again, later.
template <class Queue>
run_outcome insert_pop(std::uint64_t size, random_source& random) {
  filled<Queue> all(random);
  std::uint64_t in_time = 0;
  nanoseconds_t last = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    bench_timer* const due = all.wait_for_one();
    if (due == nullptr) break;
    const nanoseconds_t when = due->when;
    if (when <= all.now && (!Queue::claims.ordered || when >= last)) ++in_time;
    last = when;
    all.insert(*due, when);
  }
  const double elapsed = watch.ns();
  const std::uint64_t left = all.drain();
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size) + " in time, " + std::to_string(pending) + " left",
          .got = std::to_string(in_time) + " in time, " + std::to_string(left) + " left"};
}

// A timeout that is called off, as most are.
template <class Queue>
run_outcome insert_erase(std::uint64_t size, random_source& random) {
  filled<Queue> all(random);
  bench_timer called_off;
  std::uint64_t erased = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    all.insert(called_off, 0);
    if (all.queue.erase(called_off)) ++erased;
  }
  const double elapsed = watch.ns();
  if (all.queue.erase(called_off)) ++erased;  // it is not inside any more
  const std::uint64_t left = all.drain();
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size) + " erased, " + std::to_string(pending) + " left",
          .got = std::to_string(erased) + " erased, " + std::to_string(left) + " left"};
}

template <template <class> class V>
void add(const char* name) {
  using queue = V<bench_timer>;
  suite s("timer_queue", name);
  s.add({"insert_pop", "the earliest of 1,000 timers goes out and in again; size: timers", 20'000, 100'000'000, &insert_pop<queue>});
  s.add({"insert_erase", "a timer goes in among 1,000 and is called off; size: timers", 20'000, 100'000'000, &insert_erase<queue>});
}

}  // namespace stealyard::micro::timer_queue_suite
