// Conformance of a timer_queue: each axiom of core/contract/timer_queue.hpp, from the claims alone.
//   TQ1 to TQ6  a model (a set of timers), few and many of them, with equal, extreme and erased times
// Calls are made under the worker's lock, so no thread is needed.
#pragma once
#include "core/contract/timer_queue.hpp"
#include "stress/conformance/reference/timer_queue.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::conformance::timer_queue_suite {

using reference::timer;

template <class Q>
void sequential(unsigned timers, std::uint64_t distinct_times, unsigned rounds) {
  random_numbers random;
  const auto any = [&] { return static_cast<unsigned>(random.below(timers)); };
  for (unsigned round = 0; round != rounds; ++round) {
    reference::timer_queue<Q> q(timers);
    nanoseconds_t now = 1000;
    for (unsigned step = 0; step != 6 * timers + 20; ++step) {
      const std::uint64_t kind = random.below(10);
      if (kind < 5) {
        q.insert(any(), now + static_cast<nanoseconds_t>(random.below(distinct_times)) - static_cast<nanoseconds_t>(distinct_times / 4));
      } else if (kind < 7) {
        q.erase(any());
      } else {
        q.pop_due(now);
        now += static_cast<nanoseconds_t>(random.below(distinct_times / 8 + 2));
      }
      q.look();
    }
    q.drain();
  }
}

template <class Q>
void extremes() {
  random_numbers random;
  reference::timer_queue<Q> q(6);
  const nanoseconds_t times[] = {never - 1, 0, 1, nanoseconds_t{1} << 62, 1000, never - 2};
  for (unsigned turn = 0; turn != 50; ++turn) {
    for (const nanoseconds_t when : times) q.insert(static_cast<unsigned>(random.below(6)), when);
    q.look();
    for (const nanoseconds_t now : {-1, 0, 999}) q.pop_due(now);
    q.look();
    if (turn % 5 == 0) q.drain();
  }
}

template <template <class> class V>
void add(const char* name) {
  using queue = V<timer>;
  if constexpr (shape::timer_queue<queue, timer>()) {
    static const suite s("timer_queue", name);
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_few_timers", [] { sequential<queue>(6, 12, 400); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_many_timers", [] { sequential<queue>(300, 100'000, 4); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_times_far_apart", [] { sequential<queue>(100, std::uint64_t{1} << 44, 10); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_equal_times", [] { sequential<queue>(40, 1, 20); });
    s.test("TQ2_TQ3_TQ5_TQ6_extreme_times", [] { extremes<queue>(); });
  }
}

}  // namespace stealyard::conformance::timer_queue_suite
