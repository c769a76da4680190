// clock: the runtime's clock, steady; inside a bubble it stands still until every goroutine of the bubble waits.
#pragma once
#include "core/world/concept.hpp"

#include <chrono>

namespace stealyard {

namespace detail {
nanoseconds_t now_ns() noexcept;

// Saturation ends short of `never`: somebody sleeps, however long, and a program that waits for it is not deadlocked.
inline constexpr nanoseconds_t forever = never - 1;

// Zero and less, and NaN, give 0; huge durations saturate; fractions of a nanosecond round up.
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

// A clock as <chrono> knows them. Its points are a type of their own: a point of std::chrono::steady_clock means nothing in a bubble.
struct clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept { return time_point(duration(detail::now_ns())); }
};

}  // namespace stealyard
