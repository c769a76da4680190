// gated: a world whose threads are actors: every operation is a step, before which the thread may be stopped for as long as one likes.
// Memory is sequentially consistent here: progress is about who waits for whom; what weak memory adds to that is for the explorer.
#pragma once
#include "core/world/concept.hpp"
#include "core/world/plain_cell.hpp"
#include "stress/meter/stage.hpp"

#include <array>
#include <utility>

namespace stealyard::meter {

template <class T>
class gated_atomic {
  T value_{};

  static void step(const char* what, world::order o) { actor::step({what, o.site}); }

 public:
  gated_atomic() = default;
  explicit gated_atomic(T v) noexcept : value_(v) {}
  gated_atomic(const gated_atomic&) = delete;
  gated_atomic& operator=(const gated_atomic&) = delete;

  T load(world::order o) const noexcept { return step("load", o), value_; }
  void store(T v, world::order o) noexcept { step("store", o), value_ = v; }
  T exchange(T v, world::order o) noexcept { return step("exchange", o), std::exchange(value_, v); }
  bool compare_exchange_strong(T& expected, T desired, world::order ok, world::order) noexcept {
    step("compare_exchange", ok);
    if (value_ != expected) return expected = value_, false;
    return value_ = desired, true;
  }
  bool compare_exchange_weak(T& expected, T desired, world::order ok, world::order fail) noexcept {
    return compare_exchange_strong(expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, world::order o) noexcept {
    step("fetch_add", o);
    const T was = value_;
    value_ += d;
    return was;
  }
  template <class D>
  T fetch_sub(D d, world::order o) noexcept {
    step("fetch_sub", o);
    const T was = value_;
    value_ -= d;
    return was;
  }
  T fetch_and(T d, world::order o) noexcept { return step("fetch_and", o), std::exchange(value_, value_ & d); }
  T fetch_or(T d, world::order o) noexcept { return step("fetch_or", o), std::exchange(value_, value_ | d); }
  T peek() const noexcept { return value_; }
};

struct gated_token {
  void read() const noexcept { actor::step({"a plain read"}); }
  void write() const noexcept { actor::step({"a plain write"}); }
};

struct gated {
  template <class T>
  using atomic = gated_atomic<T>;
  template <class T>
  using plain = world::plain_cell<T, gated_token>;
  static constexpr unsigned max_participants = 8;
  template <class T>
  class per_participant {
    std::array<T, max_participants> values_{};

   public:
    T& mine() noexcept { return values_[self()]; }
    T& of(unsigned whose) noexcept { return values_[whose]; }
  };

  struct mutex {
    bool held = false;
    void lock() noexcept {
      while (!try_lock()) continue;
    }
    bool try_lock() noexcept {
      actor::step({"W::mutex lock"});
      return !std::exchange(held, true);
    }
    void unlock() noexcept {
      actor::step({"W::mutex unlock"});
      held = false;
    }
  };
  struct condition {  // every wait ends at once: whoever waits for more goes round
    void wait(mutex& m) noexcept { m.unlock(), m.lock(); }
    bool wait_until(mutex& m, nanoseconds_t deadline) noexcept { return wait(m), now() < deadline; }
    void notify_one() noexcept {}
    void notify_all() noexcept {}
  };

  static void fence(world::order o) noexcept { actor::step({"fence", o.site}); }
  static void light_fence() noexcept { actor::step({"light_fence"}); }
  static void heavy_fence() noexcept { actor::step({"heavy_fence"}); }
  static void pause() noexcept { actor::step({"pause"}); }
  static void yield() noexcept { actor::step({"yield"}); }
  static void wait(atomic<std::uint32_t>&, std::uint32_t) noexcept { actor::step({"wait"}); }
  static bool wait_until(atomic<std::uint32_t>&, std::uint32_t, nanoseconds_t deadline) noexcept {
    actor::step({"wait"});
    return now() < deadline;
  }
  static void wake(atomic<std::uint32_t>&, unsigned) noexcept { actor::step({"wake"}); }
  static nanoseconds_t now() noexcept { return clock += 10'000; }  // a bounded spin is over after a few looks
  static std::uint32_t random(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((draw = draw * 6364136223846793005u + 1) >> 33) % n;
  }
  static unsigned self() noexcept { return participant; }

  static inline unsigned participant = 0;  // of the actor that runs; the meter sets it
  static inline nanoseconds_t clock = 0;
  static inline std::uint64_t draw = 1;
};

static_assert(World<gated>);

}  // namespace stealyard::meter
