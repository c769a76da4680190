#include "core/world/native_wait.hpp"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace stealyard::world {

namespace {

nanoseconds_t read_clock(clockid_t which) noexcept {
  timespec t{};
  ::clock_gettime(which, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

nanoseconds_t native_now() noexcept { return read_clock(CLOCK_MONOTONIC); }
nanoseconds_t native_coarse_now() noexcept { return read_clock(CLOCK_MONOTONIC_COARSE); }

bool native_wait(void* address, std::uint32_t expected, nanoseconds_t deadline) noexcept {
  timespec until{};
  timespec* limit = nullptr;
  if (deadline != never) {
    until.tv_sec = deadline / 1'000'000'000;
    until.tv_nsec = deadline % 1'000'000'000;
    limit = &until;
  }
  const int saved = errno;  // a futex wait that finds another value fails by design
  const long r = ::syscall(SYS_futex, address, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, nullptr, FUTEX_BITSET_MATCH_ANY);
  const bool timed_out = r == -1 && errno == ETIMEDOUT;
  errno = saved;
  return !timed_out;
}

void native_wake(void* address, unsigned n) noexcept {
  ::syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, n > INT_MAX ? INT_MAX : static_cast<int>(n), nullptr, nullptr, 0);
}

void native_yield() noexcept { ::sched_yield(); }

namespace {

const char* obstacle = "";

bool register_membarrier() noexcept {
  if (std::getenv("STEALYARD_NO_MEMBARRIER") != nullptr) {
    obstacle = "STEALYARD_NO_MEMBARRIER is set";
    return false;
  }
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) {
    obstacle = "membarrier(2) is not permitted here";
    return false;
  }
  return true;
}

}  // namespace

const bool detail::membarrier_available = register_membarrier();

const char* asymmetric_fence_obstacle() noexcept { return obstacle; }

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"  // the fence is for the processor; native_checked tells TSan
#endif
void native_heavy_fence() noexcept {
  std::atomic_thread_fence(std::memory_order::seq_cst);
  if (asymmetric_fences()) ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

}  // namespace stealyard::world
