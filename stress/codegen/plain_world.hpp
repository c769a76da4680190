// A world over plain std::atomic and plain std::memory_order, for one purpose: to be compared with core/world/native.hpp.
// It takes native's name, so that both objects have the same symbols, and is never linked.
#pragma once
#include "core/world/concept.hpp"
#include "core/world/native_wait.hpp"
#include "core/world/runtime_site.hpp"

#include <atomic>
#include <memory>
#include <new>
#include <utility>

namespace stealyard {

#ifdef CODEGEN_WRAPPED
// std::atomic behind one more inline call, as anybody would write it. To clang, when a call is inlined decides in which order its
// passes see the rest, hence the layout of loops; to say that native costs nothing, it need only be as good as one of the two.
template <class T>
struct wrapped {
  std::atomic<T> value{T{}};

  wrapped() = default;
  explicit wrapped(T initial) : value(initial) {}
  T load(std::memory_order o) const noexcept { return value.load(o); }
  void store(T desired, std::memory_order o) noexcept {
#ifdef CODEGEN_PLANTED_FENCE
    std::atomic_thread_fence(std::memory_order_seq_cst);  // the difference that the comparison must find
#endif
    value.store(desired, o);
  }
  T exchange(T desired, std::memory_order o) noexcept { return value.exchange(desired, o); }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order ok, std::memory_order fail) noexcept {
    return value.compare_exchange_strong(expected, desired, ok, fail);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order ok, std::memory_order fail) noexcept {
    return value.compare_exchange_weak(expected, desired, ok, fail);
  }
  T fetch_add(T d, std::memory_order o) noexcept { return value.fetch_add(d, o); }
  T fetch_sub(T d, std::memory_order o) noexcept { return value.fetch_sub(d, o); }
  T fetch_and(T d, std::memory_order o) noexcept { return value.fetch_and(d, o); }
  T fetch_or(T d, std::memory_order o) noexcept { return value.fetch_or(d, o); }
};
#endif

struct native {
#ifdef CODEGEN_WRAPPED
  template <class T>
  using atomic = wrapped<T>;
#else
  template <class T>
  using atomic = std::atomic<T>;
#endif

  // Raw storage. As in core/world/plain_cell.hpp, less the token.
  template <class T>
  class plain {
    alignas(T) std::byte storage_[sizeof(T)];
    T* at() noexcept { return std::launder(reinterpret_cast<T*>(storage_)); }

   public:
    plain() = default;
    template <class U = T>
    void put(U&& value) noexcept {
      std::construct_at(reinterpret_cast<T*>(storage_), std::forward<U>(value));
    }
    T take() noexcept {
      T value = std::move(*at());
      std::destroy_at(at());
      return value;
    }
    const T& peek() const noexcept { return *std::launder(reinterpret_cast<const T*>(storage_)); }
    T& poke() noexcept { return *at(); }
    void drop() noexcept { std::destroy_at(at()); }
  };

  [[gnu::always_inline]] static void fence(std::memory_order o) noexcept { std::atomic_thread_fence(o); }
  [[gnu::always_inline]] static void light_fence() noexcept {
    if (world::asymmetric_fences()) [[likely]] {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
  }
  static void heavy_fence() noexcept { world::native_heavy_fence(); }
  [[gnu::always_inline]] static void pause() noexcept { world::cpu_pause(); }
  static void yield() noexcept { world::native_yield(); }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept { world::native_wait(&a, expected, never); }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    return world::native_wait(&a, expected, deadline);
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n) noexcept { world::native_wake(&a, n); }
  static nanoseconds_t now() noexcept { return world::native_now(); }

  // The channel's lock, as core/world/native_mutex.hpp describes it.
  class mutex {
    std::atomic<std::uint32_t> locked_{0};

    [[gnu::noinline, gnu::cold]] void lock_slow() noexcept {
      unsigned spins = 0;
      do {
        while (locked_.load(std::memory_order_relaxed) != 0) {
          if (++spins < 64) {
            pause();
          } else {
            yield();
          }
        }
      } while (locked_.exchange(1, std::memory_order_acquire) != 0);
    }

   public:
    [[gnu::always_inline]] void lock() noexcept {
      STEALYARD_MARK_RUNTIME_SITE();
      if (locked_.exchange(1, std::memory_order_acquire) != 0) [[unlikely]]
        lock_slow();
    }
    [[gnu::always_inline]] bool try_lock() noexcept {
      return locked_.load(std::memory_order_relaxed) == 0 && locked_.exchange(1, std::memory_order_acquire) == 0;
    }
    [[gnu::always_inline]] void unlock() noexcept { locked_.store(0, std::memory_order_release); }
  };

  class condition {
    std::atomic<std::uint32_t> sequence_{0};

    void notify(unsigned n) noexcept {
      sequence_.fetch_add(1u, std::memory_order_relaxed);
      world::native_wake(&sequence_, n);
    }

   public:
    void wait(mutex& m) noexcept { wait_until(m, never); }
    bool wait_until(mutex& m, nanoseconds_t deadline) noexcept {
      const std::uint32_t seen = sequence_.load(std::memory_order_relaxed);
      m.unlock();
      const bool in_time = world::native_wait(&sequence_, seen, deadline);
      m.lock();
      return in_time;
    }
    void notify_one() noexcept { notify(1); }
    void notify_all() noexcept { notify(UINT32_MAX >> 1); }
  };
};

}  // namespace stealyard
