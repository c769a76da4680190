// native_perturbed: real threads that dawdle before every operation on shared memory: mostly not at all, at times for a few pauses, at
// times until another thread ran, seldom until much has happened (a stall), and now and then they go on upon another processor. Windows
// of one instruction, which a test on real threads would meet once a day, become wide.
// It widens interleavings only; what the memory model permits beyond them is for the model checkers.
#pragma once
#include "core/world/native_checked.hpp"

#include <ctime>
#include <sched.h>

namespace stealyard::world {

// What all threads' draws follow from, each thread's from its number too; how the threads interleave is the system's. Before the first
// draw.
inline constinit native_atomic<std::uint64_t> perturbation_seed{1};

class perturbation {
  struct of_thread {
    std::uint64_t state = 0;    // 0: nothing drawn yet
    unsigned slow = 0;          // operations to be slow at: a thread whose deadline fired meets its waker in the next few
  };
  // Looked up anew at each use: a goroutine may have changed threads in between.
  [[gnu::noinline]] static of_thread& mine() noexcept {
    static thread_local of_thread here;
    asm volatile("" ::: "memory");
    return here;
  }

  // To a processor that the draw chooses among those allowed; where it may not, nothing happens.
  [[gnu::noinline, gnu::cold]] static void move_elsewhere(std::uint64_t draw) noexcept {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
    int wanted = static_cast<int>(draw % static_cast<unsigned>(CPU_COUNT(&allowed)));
    for (int cpu = 0; cpu != CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed) || wanted-- != 0) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      sched_setaffinity(0, sizeof one, &one);
    }
    sched_setaffinity(0, sizeof allowed, &allowed);  // it was moved; it need not stay
  }
  static void pause_for(std::uint64_t times) noexcept {
    for (; times != 0; --times) native::pause();
  }

 public:
  [[gnu::noinline]] static void dawdle() noexcept {
    of_thread& here = mine();
    if (here.state == 0) here.state = perturbation_seed.load(relaxed) + 0x9e3779b97f4a7c15u * (native::self() + 1);
    here.state = here.state * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t draw = here.state >> 33;
    if (here.slow != 0) {
      --here.slow;
      return pause_for(draw % 2000);
    }
    if (draw % 8 != 0) return;
    if (draw % 16384 == 16) {
      const timespec stall{.tv_sec = 0, .tv_nsec = static_cast<long>(draw >> 14 & 255) * 1000};
      nanosleep(&stall, nullptr);
    } else if (draw % 16384 == 24) {
      move_elsewhere(draw >> 14);
    } else if (draw % 128 == 0) {
      native::yield();
    } else {
      pause_for((draw >> 8) % (draw % 256 == 8 ? 2000 : 24));
    }
  }
  static void be_slow_next() noexcept { mine().slow = 3; }
};

template <class T>
class perturbed_atomic {
  native_checked::atomic<T> value_;

 public:
  constexpr perturbed_atomic() noexcept = default;
  constexpr explicit perturbed_atomic(T v) noexcept : value_(v) {}

  T load(order o) const noexcept {
    perturbation::dawdle();
    return value_.load(o);
  }
  void store(T v, order o) noexcept {
    perturbation::dawdle();
    value_.store(v, o);
  }
  T exchange(T v, order o) noexcept {
    perturbation::dawdle();
    return value_.exchange(v, o);
  }
  bool compare_exchange_strong(T& expected, T desired, order ok, order fail) noexcept {
    perturbation::dawdle();
    return value_.compare_exchange_strong(expected, desired, ok, fail);
  }
  // May fail for no reason, as the real one may elsewhere.
  bool compare_exchange_weak(T& expected, T desired, order ok, order fail) noexcept {
    perturbation::dawdle();
    if (desired != expected && native::random(16) == 0) {
      expected = value_.load(relaxed);
      return false;
    }
    return value_.compare_exchange_weak(expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, order o) noexcept {
    perturbation::dawdle();
    return value_.fetch_add(d, o);
  }
  template <class D>
  T fetch_sub(D d, order o) noexcept {
    perturbation::dawdle();
    return value_.fetch_sub(d, o);
  }
  T fetch_and(T d, order o) noexcept {
    perturbation::dawdle();
    return value_.fetch_and(d, o);
  }
  T fetch_or(T d, order o) noexcept {
    perturbation::dawdle();
    return value_.fetch_or(d, o);
  }
  native_checked::atomic<T>& inner() noexcept { return value_; }
};

}  // namespace stealyard::world

namespace stealyard {

struct native_perturbed : native_checked {
  template <class T>
  using atomic = world::perturbed_atomic<T>;

  static void fence(world::order o) noexcept {
    world::perturbation::dawdle();
    native_checked::fence(o);
  }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept {
    world::perturbation::dawdle();
    if (native::random(16) != 0) native_checked::wait(a.inner(), expected);  // else: a spurious return
  }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    world::perturbation::dawdle();
    const bool in_time = native::random(16) == 0 || native_checked::wait_until(a.inner(), expected, deadline);
    if (!in_time) world::perturbation::be_slow_next();
    return in_time;
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n) noexcept {
    world::perturbation::dawdle();
    native_checked::wake(a.inner(), n);
  }
};

static_assert(World<native_perturbed>);

}  // namespace stealyard
