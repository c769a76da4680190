// minutes: since when a goroutine waits, as dumps tell it. Go knows it to the minute and so do we: whoever notes a wait reads one word,
// which workers renew every few hundred picks and whenever they have slept. It may lag behind by what a worker runs in between.
#pragma once
#include "core/world/real.hpp"

#include <cstdint>

namespace stealyard::sched {

// Go's words for what a goroutine waits for (runtime.waitReason), as they stand in dumps. String literals.
using wait_reason = const char*;

// A reason is an address of 48 bits; the minute it began, modulo 2^16 (45 days), lies above it.
inline constexpr unsigned minute_shift = 48;
extern atomic<real, std::uint64_t> minute_now;  // shifted

[[gnu::always_inline]] inline std::uint64_t stamped(wait_reason why) noexcept {
  return reinterpret_cast<std::uint64_t>(why) | minute_now.load(relaxed);
}
inline wait_reason reason_in(std::uint64_t stamp) noexcept {
  return reinterpret_cast<wait_reason>(stamp & ((std::uint64_t{1} << minute_shift) - 1));
}

// Renews minute_now. A coarse clock: a few nanoseconds.
void look_at_the_clock() noexcept;
// Whole minutes since the stamp was made. In a signal handler too.
unsigned minutes_since(std::uint64_t stamp) noexcept;

}  // namespace stealyard::sched
