// perturbed: real threads that dawdle before every operation on shared memory: mostly not at all, at times for a few pauses, at times
// until another thread ran, seldom until much has happened (a stall), and now and then they go on upon another processor. Windows of one
// instruction, which a test on real threads would meet once a day, become wide.
// It widens interleavings only; what the memory model permits beyond them is for Relacy (stress/model).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/support.hpp"

#include <sched.h>

namespace stealyard::conformance {

// Operations that this thread has yet to be slow at: a thread whose deadline fired meets its waker in the next few.
inline unsigned& slow_operations() noexcept {
  thread_local unsigned left = 0;
  return left;
}

// To a processor that the draw chooses among those allowed; where it may not, nothing happens.
[[gnu::noinline]] inline void migrate(std::uint64_t draw) noexcept {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  const int processors = CPU_COUNT(&allowed);
  if (processors < 2) return;
  int wanted = static_cast<int>(draw % static_cast<unsigned>(processors));
  for (int cpu = 0; cpu != CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || wanted-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  sched_setaffinity(0, sizeof allowed, &allowed);  // it was moved; it need not stay
}

// Drawn from the test's seed and the thread.
[[gnu::noinline]] inline void dawdle() noexcept {
  thread_local std::uint64_t state = seed() + 0x9e3779b97f4a7c15u * (real::self() + 1);
  state = state * 6364136223846793005u + 1442695040888963407u;
  const std::uint64_t draw = state >> 33;
  if (slow_operations() != 0) {
    --slow_operations();
    for (std::uint64_t i = draw % 2000; i != 0; --i) real::pause();
    return;
  }
  if (draw % 8 != 0) return;
  if (draw % 16384 == 16) {
    std::this_thread::sleep_for(std::chrono::microseconds(draw >> 14 & 255));
  } else if (draw % 16384 == 24) {
    migrate(draw >> 14);
  } else if (draw % 128 == 0) {
    real::yield();
  } else {
    const std::uint64_t most = draw % 256 == 8 ? 2000 : 24;
    for (std::uint64_t i = (draw >> 8) % most; i != 0; --i) real::pause();
  }
}

template <class T>
class perturbed_atomic {
  atomic<real, T> value_;

 public:
  perturbed_atomic() noexcept = default;
  explicit perturbed_atomic(T v) noexcept : value_(v) {}

  T load(world::order o) const noexcept {
    dawdle();
    return value_.load(o);
  }
  void store(T v, world::order o) noexcept {
    dawdle();
    value_.store(v, o);
  }
  T exchange(T v, world::order o) noexcept {
    dawdle();
    return value_.exchange(v, o);
  }
  bool compare_exchange_strong(T& expected, T desired, world::order ok, world::order fail) noexcept {
    dawdle();
    return value_.compare_exchange_strong(expected, desired, ok, fail);
  }
  // May fail for no reason, as the real one may elsewhere.
  bool compare_exchange_weak(T& expected, T desired, world::order ok, world::order fail) noexcept {
    dawdle();
    if (desired != expected && real::random(16) == 0) {
      expected = value_.load(world::relaxed);
      return false;
    }
    return value_.compare_exchange_weak(expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, world::order o) noexcept {
    dawdle();
    return value_.fetch_add(d, o);
  }
  template <class D>
  T fetch_sub(D d, world::order o) noexcept {
    dawdle();
    return value_.fetch_sub(d, o);
  }
  T fetch_and(T d, world::order o) noexcept {
    dawdle();
    return value_.fetch_and(d, o);
  }
  T fetch_or(T d, world::order o) noexcept {
    dawdle();
    return value_.fetch_or(d, o);
  }
  atomic<real, T>& inner() noexcept { return value_; }
};

struct perturbed {
  template <class T>
  using atomic = perturbed_atomic<T>;
  template <class T>
  using plain = stealyard::plain<real, T>;
  template <class T>
  using per_participant = stealyard::per_participant<real, T>;
  using mutex = real::mutex;
  using condition = real::condition;
  static constexpr unsigned max_participants = real::max_participants;

  static void fence(world::order o) noexcept {
    dawdle();
    real::fence(o);
  }
  static void light_fence() noexcept { real::light_fence(); }
  static void heavy_fence() noexcept { real::heavy_fence(); }
  static void pause() noexcept { real::pause(); }
  static void yield() noexcept { real::yield(); }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept {
    dawdle();
    if (real::random(16) != 0) real::wait(a.inner(), expected);  // else: a spurious return
  }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    dawdle();
    const bool in_time = real::random(16) == 0 || real::wait_until(a.inner(), expected, deadline);
    if (!in_time) slow_operations() = 3;
    return in_time;
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n) noexcept {
    dawdle();
    real::wake(a.inner(), n);
  }
  static nanoseconds_t now() noexcept { return real::now(); }
  static std::uint32_t random(std::uint32_t n) noexcept { return real::random(n); }
  static unsigned self() noexcept { return real::self(); }
};

static_assert(World<perturbed>);

}  // namespace stealyard::conformance
