// sleep: on the runtime's timers in a goroutine, on the system's in a foreign thread.
#pragma once
#include "core/go/clock.hpp"

namespace stealyard {

namespace detail {
void sleep_until_ns(nanoseconds_t when);
}

// At least d. Zero or negative: returns at once. Huge durations saturate.
template <class Rep, class Period>
void sleep(std::chrono::duration<Rep, Period> d) {
  const nanoseconds_t n = detail::saturating_ns(d);
  if (n > 0) detail::sleep_until_ns(detail::saturating_sum(detail::now_ns(), n));
}
template <class Duration>
void sleep_until(std::chrono::time_point<clock, Duration> t) {
  const nanoseconds_t when = detail::saturating_ns(t.time_since_epoch());  // t - now() may overflow
  if (when > detail::now_ns()) detail::sleep_until_ns(when);
}

}  // namespace stealyard
