#include "stress/conformance/timer_queue.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

namespace stealyard::conformance::timer_queue_suite {

void sequential(reference::make_timer_queue make, unsigned timers, std::uint64_t distinct_times, unsigned rounds) {
  random_numbers random;
  const auto any = [&] { return static_cast<unsigned>(random.below(timers)); };
  for (unsigned round = 0; round != rounds; ++round) {
    reference::timer_queue q(make, timers);
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

void extremes(reference::make_timer_queue make) {
  random_numbers random;
  reference::timer_queue q(make, 6);
  const nanoseconds_t times[] = {never - 1, 0, 1, nanoseconds_t{1} << 62, 1000, never - 2};
  for (unsigned turn = 0; turn != 50; ++turn) {
    for (const nanoseconds_t when : times) q.insert(static_cast<unsigned>(random.below(6)), when);
    q.look();
    for (const nanoseconds_t now : {-1, 0, 999}) q.pop_due(now);
    q.look();
    if (turn % 5 == 0) q.drain();
  }
}

}  // namespace stealyard::conformance::timer_queue_suite
