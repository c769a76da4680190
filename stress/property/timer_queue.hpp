// Properties of a timer_queue: any sequence of inserts, erases and pops gives what a set of timers would (TQ1 to TQ6).
#pragma once
#include "stress/conformance/reference/timer_queue.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::timer_queue_suite {

void any_sequence(reference::make_timer_queue);

template <template <class> class V>
void add(const char* name) {
  using queue = V<reference::timer>;
  if constexpr (conformance::shape::timer_queue<queue, reference::timer>()) {
    static const conformance::suite s("timer_queue", name, "property");
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_any_sequence", [] { any_sequence(reference::timer_queue_of<queue>); });
  }
}

}  // namespace stealyard::property::timer_queue_suite
