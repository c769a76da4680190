// minutes: since when a goroutine waits, as dumps tell it. Go knows it to the minute and so do we: whoever notes a wait reads one word,
// which workers renew every few hundred picks and whenever they have slept. It may lag behind by what a worker runs in between.
#pragma once
#include "core/world/real.hpp"

#include <cstdint>

namespace stealyard::sched {

// Go's words for what a goroutine waits for (runtime.waitReason), as they stand in dumps. String literals.
using wait_reason = const char*;

// A reason is an address of 48 bits; when it began lies above it, in units of 2^32 ns (4.3 s), modulo 2^16 of them (78 hours).
inline constexpr unsigned stamp_shift = 48;
extern atomic<real, std::uint64_t> stamp_now;  // shifted

STEALYARD_FORCE_INLINE inline std::uint64_t stamped(wait_reason why) noexcept {
  return reinterpret_cast<std::uint64_t>(why) | stamp_now.load(relaxed);
}
inline wait_reason reason_in(std::uint64_t stamp) noexcept {
  return reinterpret_cast<wait_reason>(stamp & ((std::uint64_t{1} << stamp_shift) - 1));
}

// Renews stamp_now. By a coarse clock: a few nanoseconds.
void look_at_the_clock() noexcept;
// Whole minutes since the stamp was made, never too many. In a signal handler too.
unsigned minutes_since(std::uint64_t stamp) noexcept;

}  // namespace stealyard::sched
