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

// Driven through the model alone (timer_queue.cpp).
void sequential(reference::make_timer_queue, unsigned timers, std::uint64_t distinct_times, unsigned rounds);
void extremes(reference::make_timer_queue);

template <template <class> class V>
void add(const char* name) {
  using queue = V<timer>;
  if constexpr (shape::timer_queue<queue, timer>()) {
    static const suite s("timer_queue", name);
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_few_timers", [] { sequential(reference::timer_queue_of<queue>, 6, 12, 400); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_many_timers", [] { sequential(reference::timer_queue_of<queue>, 300, 100'000, 4); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_times_far_apart",
           [] { sequential(reference::timer_queue_of<queue>, 100, std::uint64_t{1} << 44, 10); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_equal_times", [] { sequential(reference::timer_queue_of<queue>, 40, 1, 20); });
    s.test("TQ2_TQ3_TQ5_TQ6_extreme_times", [] { extremes(reference::timer_queue_of<queue>); });
  }
}

}  // namespace stealyard::conformance::timer_queue_suite
