// native: the world of real threads. std::atomic, futex, the CPU's pause; nothing is checked and nothing costs.
// A test compares its machine code with plain std::atomic (stress/codegen).
#pragma once
#include "core/world/concept.hpp"
#include "core/world/native_wait.hpp"
#include "core/world/participants.hpp"
#include "core/world/plain_cell.hpp"

#include <atomic>
#include <memory>

namespace stealyard::world {

// The native atomic: std::atomic behind named operations. `Wide` orders are literals, so every call folds to one instruction.
template <class T>
class native_atomic {
  std::atomic<T> value_;

 public:
  STEALYARD_FORCE_INLINE constexpr native_atomic() noexcept : value_(T{}) {}
  STEALYARD_FORCE_INLINE constexpr explicit native_atomic(T v) noexcept : value_(v) {}
  native_atomic(const native_atomic&) = delete;
  native_atomic& operator=(const native_atomic&) = delete;

  STEALYARD_FORCE_INLINE T load(order o) const noexcept { return value_.load(o.value); }
  STEALYARD_FORCE_INLINE void store(T v, order o) noexcept { value_.store(v, o.value); }
  STEALYARD_FORCE_INLINE T exchange(T v, order o) noexcept { return value_.exchange(v, o.value); }
  STEALYARD_FORCE_INLINE bool compare_exchange_strong(T& expected, T desired, order ok, order fail) noexcept {
    return value_.compare_exchange_strong(expected, desired, ok.value, fail.value);
  }
  STEALYARD_FORCE_INLINE bool compare_exchange_weak(T& expected, T desired, order ok, order fail) noexcept {
    return value_.compare_exchange_weak(expected, desired, ok.value, fail.value);
  }
  template <class D>
  STEALYARD_FORCE_INLINE T fetch_add(D d, order o) noexcept {
    return value_.fetch_add(d, o.value);
  }
  template <class D>
  STEALYARD_FORCE_INLINE T fetch_sub(D d, order o) noexcept {
    return value_.fetch_sub(d, o.value);
  }
  STEALYARD_FORCE_INLINE T fetch_and(T d, order o) noexcept { return value_.fetch_and(d, o.value); }
  STEALYARD_FORCE_INLINE T fetch_or(T d, order o) noexcept { return value_.fetch_or(d, o.value); }

  // For the world itself: a futex needs the address.
  void* address() const noexcept { return const_cast<std::atomic<T>*>(&value_); }
};

struct no_token {
  STEALYARD_FORCE_INLINE void read() const noexcept {}
  STEALYARD_FORCE_INLINE void write() const noexcept {}
};

}  // namespace stealyard::world

namespace stealyard {

struct native {
  template <class T>
  using atomic = world::native_atomic<T>;
  template <class T>
  using plain = world::plain_cell<T, world::no_token>;
  template <class T>
  using per_participant = world::participant_slots<T>;
  static constexpr unsigned max_participants = world::max_native_participants;

  STEALYARD_FORCE_INLINE static void fence(world::order o) noexcept { std::atomic_thread_fence(o.value); }
  // The asymmetric pair: a compiler fence here, membarrier(2) there; full fences on both sides where that is forbidden.
  STEALYARD_FORCE_INLINE static void light_fence() noexcept {
    if (world::asymmetric_fences()) [[likely]] {
      std::atomic_signal_fence(std::memory_order::seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order::seq_cst);
    }
  }
  static void heavy_fence() noexcept { world::native_heavy_fence(); }

  STEALYARD_FORCE_INLINE static void pause() noexcept { world::cpu_pause(); }
  static void yield() noexcept { world::native_yield(); }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept { world::native_wait(a.address(), expected, never); }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    return world::native_wait(a.address(), expected, deadline);
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n) noexcept { world::native_wake(a.address(), n); }

  static nanoseconds_t now() noexcept { return world::native_now(); }
  static std::uint32_t random(std::uint32_t n) noexcept { return world::native_random(n); }
  static unsigned self() noexcept { return world::native_self(); }

  class mutex;
  class condition;
};

}  // namespace stealyard

#include "core/world/native_mutex.hpp"

static_assert(stealyard::World<stealyard::native>);
