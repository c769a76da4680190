// sleep: on the runtime's timers in a goroutine, on the system's in a foreign thread.
#pragma once
#include "core/world/concept.hpp"

#include <chrono>

namespace stealyard {

using clock = std::chrono::steady_clock;

namespace detail {
void sleep_until_ns(nanoseconds_t when);
nanoseconds_t now_ns() noexcept;
// Saturation ends short of `never`: somebody sleeps, however long, and a program that waits for it is not deadlocked.
inline constexpr nanoseconds_t forever = never - 1;

template <class Rep, class Period>
nanoseconds_t saturating_ns(std::chrono::duration<Rep, Period> d) noexcept {
  using wide = std::chrono::duration<long double, std::nano>;
  const long double n = std::chrono::duration_cast<wide>(d).count();
  if (n >= static_cast<long double>(forever)) return forever;
  if (!(n > 0)) return 0;  // NaN too
  return std::chrono::ceil<std::chrono::nanoseconds>(d).count();
}
inline nanoseconds_t saturating_sum(nanoseconds_t a, nanoseconds_t b) noexcept {
  nanoseconds_t sum;
  return __builtin_add_overflow(a, b, &sum) || sum > forever ? forever : sum;
}
}  // namespace detail

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
