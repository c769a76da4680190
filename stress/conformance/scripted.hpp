// scripted: a world of one thread, in which another thread's whole call can be made to happen before any chosen step of a call. Every
// such place is tried, so a window of one instruction is met each time. Sleeping and time are make-believe.
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/register.hpp"

#include <functional>
#include <utility>

namespace stealyard::conformance {

class script {
 public:
  static inline std::function<void()> interruption;  // runs once
  static inline unsigned steps_left = 0;             // before which step
  static inline unsigned locks_held = 0;             // another thread could not run its call to the end inside a lock
  static inline bool slept_out = false;              // a sleep ended by its deadline only, after the interruption
  static inline bool waits_for_deadline = false;
  static inline unsigned steps_taken = 0;
  static inline nanoseconds_t clock = 0;

  // Before step k, k >= 1, of the calls that follow; or, if after_deadline, of what follows the first deadline that fires.
  static void interrupt(unsigned k, std::function<void()> by, bool after_deadline = false) {
    interruption = std::move(by);
    steps_left = k;
    waits_for_deadline = after_deadline;
    slept_out = false;
    steps_taken = 0;
    clock = 1;
  }
  // Whether it has happened; if not, it does not any more.
  static bool finish() { return std::exchange(interruption, nullptr) == nullptr; }

  static void step() {
    if (++steps_taken == 1'000'000) give_up("a call on a small queue takes a million steps");
    if (interruption == nullptr || locks_held != 0 || waits_for_deadline) return;
    if (steps_left > 1) {
      --steps_left;
    } else {
      std::exchange(interruption, nullptr)();
    }
  }
  // A sleep until `deadline`: first the interruption, if it is still to come.
  static bool sleep(nanoseconds_t deadline) {
    if (interruption != nullptr && !waits_for_deadline) {
      std::exchange(interruption, nullptr)();
      return true;
    }
    slept_out = true;
    waits_for_deadline = false;
    clock = deadline;
    return false;
  }
};

template <class T>
class scripted_atomic {
  T value_{};

 public:
  scripted_atomic() = default;
  explicit scripted_atomic(T v) noexcept : value_(v) {}
  scripted_atomic(const scripted_atomic&) = delete;
  scripted_atomic& operator=(const scripted_atomic&) = delete;

  T load(world::order) const noexcept { return script::step(), value_; }
  void store(T v, world::order) noexcept { script::step(), value_ = v; }
  T exchange(T v, world::order) noexcept { return script::step(), std::exchange(value_, v); }
  bool compare_exchange_strong(T& expected, T desired, world::order, world::order) noexcept {
    script::step();
    if (value_ != expected) return expected = value_, false;
    return value_ = desired, true;
  }
  bool compare_exchange_weak(T& expected, T desired, world::order ok, world::order fail) noexcept {
    return compare_exchange_strong(expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, world::order) noexcept {
    script::step();
    const T was = value_;
    value_ += d;
    return was;
  }
  template <class D>
  T fetch_sub(D d, world::order) noexcept {
    script::step();
    const T was = value_;
    value_ -= d;
    return was;
  }
  T fetch_and(T d, world::order) noexcept { return script::step(), std::exchange(value_, value_ & d); }
  T fetch_or(T d, world::order) noexcept { return script::step(), std::exchange(value_, value_ | d); }
  T peek() const noexcept { return value_; }
};

// Plain cells are steps too: an element put or taken at the wrong time meets the interruption.
struct step_token {
  void read() const noexcept { script::step(); }
  void write() const noexcept { script::step(); }
};

struct scripted {
  template <class T>
  using atomic = scripted_atomic<T>;
  template <class T>
  using plain = world::plain_cell<T, step_token>;
  template <class T>
  using per_participant = stealyard::per_participant<real, T>;
  static constexpr unsigned max_participants = real::max_participants;

  struct mutex {
    void lock() noexcept {
      script::step();
      ++script::locks_held;
    }
    bool try_lock() noexcept { return lock(), true; }
    void unlock() noexcept {
      --script::locks_held;
      script::step();
    }
  };
  // The other thread may act while this one waits, having let go of the lock; from then on it is asleep and can be notified.
  struct condition {
    unsigned notified = 0;

    void wait(mutex& m) noexcept { wait_until(m, never); }
    bool wait_until(mutex& m, nanoseconds_t deadline) noexcept {
      const unsigned before = notified;
      m.unlock();
      const bool in_time = notified != before || script::sleep(deadline);
      m.lock();
      return in_time;
    }
    void notify_one() noexcept { ++notified; }
    void notify_all() noexcept { ++notified; }
  };

  static void fence(world::order) noexcept { script::step(); }
  static void light_fence() noexcept { script::step(); }
  static void heavy_fence() noexcept { script::step(); }
  // Time passes for who spins.
  static void pause() noexcept {
    script::step();
    script::clock += 10'000;
  }
  static void yield() noexcept { pause(); }
  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected) noexcept { wait_until(a, expected, never); }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline) noexcept {
    script::step();
    return a.peek() != expected || script::sleep(deadline);
  }
  static void wake(atomic<std::uint32_t>&, unsigned) noexcept { script::step(); }
  static nanoseconds_t now() noexcept { return script::clock; }
  static std::uint32_t random(std::uint32_t n) noexcept { return real::random(n); }
  static unsigned self() noexcept { return real::self(); }
};

static_assert(World<scripted>);

inline constexpr unsigned scripted_steps = 40;  // more than any call of any variant takes on small queues

}  // namespace stealyard::conformance
