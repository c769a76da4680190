// What native asks of the operating system: futex, membarrier, the clock, the CPU's pause.
#pragma once
#include "core/world/concept.hpp"

#include <cstdint>

namespace stealyard::world {

// Sleeps while *address == expected, until `deadline` (never: no deadline). False if the deadline passed. Spurious returns allowed.
bool native_wait(void* address, std::uint32_t expected, nanoseconds_t deadline) noexcept;
void native_wake(void* address, unsigned n) noexcept;
void native_yield() noexcept;
nanoseconds_t native_now() noexcept;  // CLOCK_MONOTONIC
nanoseconds_t native_coarse_now() noexcept;  // the same as of the last tick of the system: some milliseconds late, a quarter of the cost

// membarrier(PRIVATE_EXPEDITED) if this process could register for it at start, else a full fence on both sides.
namespace detail {
extern const bool membarrier_available;
}
STEALYARD_FORCE_INLINE inline bool asymmetric_fences() noexcept { return detail::membarrier_available; }
void native_heavy_fence() noexcept;
// Why the pair is symmetric here; empty if it is asymmetric. For the environment record.
const char* asymmetric_fence_obstacle() noexcept;

STEALYARD_FORCE_INLINE inline void cpu_pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");  // `yield` is a no-op on most cores; isb is what spin loops there use
#else
  asm volatile("" ::: "memory");
#endif
}

}  // namespace stealyard::world
