// native_checked: native with fences that ThreadSanitizer understands. It ignores atomic_thread_fence (g++ refuses to compile one), so code
// that is ordered by fences alone would be reported as racing. Without TSan this is native itself.
//
// A C++ fence is modelled exactly, by two clocks a thread: `released`, the thread's clock at its last release fence, published by
// every later store that is not itself a release; and `pending`, the clocks of everything read since by loads that are not
// themselves acquires, joined by the next acquire fence. TSan has no such clocks, but its fibers have one each: the two are ghost
// fibers that never run code. We switch to one, touch the atomic's clock in its name, and switch back.
#pragma once
#include "core/world/native.hpp"

#if defined(__SANITIZE_THREAD__) || defined(STEALYARD_TSAN_GO)  // tsan-go: also where the runtime itself is compiled without
#define STEALYARD_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STEALYARD_THREAD_SANITIZER 1
#endif
#endif

#if !defined(STEALYARD_THREAD_SANITIZER)

namespace stealyard {
using native_checked = native;
}  // namespace stealyard

#else

#include <sanitizer/tsan_interface.h>

#if defined(__clang__)
#define STEALYARD_UNINSTRUMENTED [[gnu::noinline, clang::no_sanitize("thread")]]
#else
#define STEALYARD_UNINSTRUMENTED [[gnu::noinline, gnu::no_sanitize_thread]]
#endif

namespace stealyard::world {

class ghost_clocks {
  static constexpr unsigned no_edge = __tsan_switch_to_fiber_no_sync;
  static constexpr unsigned edge = 0;  // a switch that orders what came before it before what comes after it
  void* released_ = nullptr;
  void* pending_ = nullptr;

 public:
  ghost_clocks() noexcept = default;
  ghost_clocks(const ghost_clocks&) = delete;
  ghost_clocks& operator=(const ghost_clocks&) = delete;
  STEALYARD_UNINSTRUMENTED ~ghost_clocks() {
    if (released_ != nullptr) __tsan_destroy_fiber(released_);
    if (pending_ != nullptr) __tsan_destroy_fiber(pending_);
    released_ = pending_ = nullptr;
  }

  STEALYARD_UNINSTRUMENTED void release_fence() noexcept {
    void* const me = __tsan_get_current_fiber();
    if (released_ == nullptr) released_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(released_, edge);
    __tsan_switch_to_fiber(me, no_edge);
  }
  STEALYARD_UNINSTRUMENTED void acquire_fence() noexcept {
    if (pending_ == nullptr) return;
    void* const me = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(pending_, no_edge);
    __tsan_switch_to_fiber(me, edge);
  }
  // Before the store, so that nobody can read the value without its clock.
  STEALYARD_UNINSTRUMENTED void before_store(void* word) noexcept {
    if (released_ == nullptr) return;
    void* const me = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(released_, no_edge);
    __tsan_release(word);
    __tsan_switch_to_fiber(me, no_edge);
  }
  STEALYARD_UNINSTRUMENTED void after_load(void* word) noexcept {
    void* const me = __tsan_get_current_fiber();
    if (pending_ == nullptr) pending_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(pending_, no_edge);
    __tsan_acquire(word);
    __tsan_switch_to_fiber(me, no_edge);
  }
};

// Looked up anew at each use: a goroutine may have changed threads in between, and compilers keep addresses of thread_locals.
STEALYARD_UNINSTRUMENTED inline ghost_clocks& my_ghosts() noexcept {
  static thread_local ghost_clocks mine;
  asm volatile("" ::: "memory");
  return mine;
}

constexpr bool acquires(std::memory_order o) noexcept { return o == acquire || o == acq_rel || o == seq_cst; }
constexpr bool releases(std::memory_order o) noexcept { return o == release || o == acq_rel || o == seq_cst; }

template <class T>
class checked_atomic {
  native_atomic<T> value_;

  void before_store(std::memory_order o) noexcept {
    if (!releases(o)) my_ghosts().before_store(address());
  }
  void after_load(std::memory_order o) const noexcept {
    if (!acquires(o)) my_ghosts().after_load(address());
  }

 public:
  constexpr checked_atomic() noexcept = default;
  constexpr explicit checked_atomic(T v) noexcept : value_(v) {}

  STEALYARD_FORCE_INLINE T load(order o) const noexcept {
    const T v = value_.load(o);
    after_load(o.value);
    return v;
  }
  STEALYARD_FORCE_INLINE void store(T v, order o) noexcept {
    before_store(o.value);
    value_.store(v, o);
  }
  STEALYARD_FORCE_INLINE T exchange(T v, order o) noexcept {
    before_store(o.value);
    const T was = value_.exchange(v, o);
    after_load(o.value);
    return was;
  }
  STEALYARD_FORCE_INLINE bool compare_exchange_strong(T& expected, T desired, order ok, order fail) noexcept {
    before_store(ok.value);
    const bool done = value_.compare_exchange_strong(expected, desired, ok, fail);
    after_load(done ? ok.value : fail.value);
    return done;
  }
  STEALYARD_FORCE_INLINE bool compare_exchange_weak(T& expected, T desired, order ok, order fail) noexcept {
    before_store(ok.value);
    const bool done = value_.compare_exchange_weak(expected, desired, ok, fail);
    after_load(done ? ok.value : fail.value);
    return done;
  }
  template <class D>
  STEALYARD_FORCE_INLINE T fetch_add(D d, order o) noexcept {
    before_store(o.value);
    const T was = value_.fetch_add(d, o);
    after_load(o.value);
    return was;
  }
  template <class D>
  STEALYARD_FORCE_INLINE T fetch_sub(D d, order o) noexcept {
    before_store(o.value);
    const T was = value_.fetch_sub(d, o);
    after_load(o.value);
    return was;
  }
  STEALYARD_FORCE_INLINE T fetch_and(T d, order o) noexcept {
    before_store(o.value);
    const T was = value_.fetch_and(d, o);
    after_load(o.value);
    return was;
  }
  STEALYARD_FORCE_INLINE T fetch_or(T d, order o) noexcept {
    before_store(o.value);
    const T was = value_.fetch_or(d, o);
    after_load(o.value);
    return was;
  }
  void* address() const noexcept { return value_.address(); }
};

}  // namespace stealyard::world

namespace stealyard {

struct native_checked {
  template <class T>
  using atomic = world::checked_atomic<T>;
  template <class T>
  using plain = native::plain<T>;
  template <class T>
  using per_participant = native::per_participant<T>;
  using mutex = native::mutex;          // acquire and release only: nothing for the ghosts
  using condition = native::condition;
  static constexpr unsigned max_participants = native::max_participants;

  static void fence(world::order o) noexcept { order_ghosts(o.value), order_processor(o.value); }
  static void light_fence() noexcept { fence(seq_cst); }
  static void heavy_fence() noexcept {
    order_ghosts(seq_cst);
    world::native_heavy_fence();
  }
  static void pause() noexcept { native::pause(); }
  static void yield() noexcept { native::yield(); }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept { world::native_wait(a.address(), expected, never); }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    return world::native_wait(a.address(), expected, deadline);
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n) noexcept { world::native_wake(a.address(), n); }
  static nanoseconds_t now() noexcept { return native::now(); }
  static std::uint32_t random(std::uint32_t n) noexcept { return native::random(n); }
  static unsigned self() noexcept { return native::self(); }

 private:
  static void order_ghosts(std::memory_order o) noexcept {
    if (world::acquires(o)) world::my_ghosts().acquire_fence();
    if (world::releases(o)) world::my_ghosts().release_fence();
  }
  // The fence itself, which the processor needs all the same.
  static void order_processor([[maybe_unused]] std::memory_order o) noexcept {
#if defined(__x86_64__)
    if (o == seq_cst) {
      asm volatile("lock; orq $0, (%%rsp)" ::: "memory", "cc");
    } else {
      asm volatile("" ::: "memory");  // loads and stores keep their order but for a store before a load
    }
#elif defined(__aarch64__)
    asm volatile("dmb ish" ::: "memory");
#else
#error the fence of this processor is missing here: std::atomic_thread_fence does not compile under TSan with g++
#endif
  }
};

static_assert(World<native_checked>);

}  // namespace stealyard

#undef STEALYARD_UNINSTRUMENTED

#endif
