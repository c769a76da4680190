// explorer: the world of the explorer. Every execution within the bound is run, under C++20's memory model without load buffering.
//
// light_fence and heavy_fence are both seq_cst fences here: whether the light side may be lighter is not decided.
// Weak exchanges fail without reason, and sleepers wake without reason, at most as often as the machine's limits say; deadlines pass and
// now() jumps while others could run as often as they say, and whenever nobody else can.
#pragma once
#include "core/world/concept.hpp"
#include "stress/explore/world_cells.hpp"

#include <memory>

namespace stealyard::world {

inline constexpr unsigned max_model_threads = explore::max_threads;
inline unsigned model_thread() noexcept { return explore::the_machine.current(); }

template <class T>
class explorer_slots {
  std::unique_ptr<T[]> slots_ = std::make_unique<T[]>(max_model_threads);

 public:
  T& mine() noexcept { return slots_[explore::the_machine.self()]; }
  T& of(unsigned participant) noexcept { return slots_[participant]; }
};

}  // namespace stealyard::world

namespace stealyard {

struct explorer {
  using where = explore::where;
  template <class T>
  using atomic = world::explorer_atomic<T>;
  template <class T>
  using plain = world::explorer_plain<T>;
  template <class T>
  using per_participant = world::explorer_slots<T>;
  static constexpr unsigned max_participants = world::max_model_threads;

  static void fence(world::order o) noexcept {
    const std::memory_order used = world::explorer_order(world::role::fence, o);
    if (used != world::no_fence && used != relaxed) explore::the_machine.fence(used);
    if (world::the_trace.on())
      world::the_trace.add({.thread = world::model_thread(), .what = world::verb::fence, .order = used, .site = o.site});
  }
  static void light_fence() noexcept { fence(seq_cst); }
  static void heavy_fence() noexcept { fence(seq_cst); }

  static void pause(where at = where::current()) noexcept {
    explore::the_machine.pause();
    world::explorer_record(world::verb::pause, nullptr, at);
  }
  static void yield(where at = where::current()) noexcept { pause(at); }

  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected, where at = where::current()) noexcept {
    wait_until(a, expected, never, at);
  }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline, where at = where::current()) noexcept {
    using enum explore::machine::woke;
    world::explorer_record(world::verb::wait, &a, at);
    const auto how = explore::the_machine.wait(a.location(), expected, deadline, at);
    world::explorer_record(how == not_equal   ? world::verb::not_equal
                           : how == woken     ? world::verb::woken
                           : how == timed_out ? world::verb::timed_out
                                              : world::verb::spurious,
                           &a, at);
    return how != timed_out;
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n, where at = where::current()) noexcept {
    explore::the_machine.wake(a.location(), n, at);
    world::explorer_record(world::verb::wake, &a, at, n);
  }

  static nanoseconds_t now(where at = where::current()) noexcept {
    const nanoseconds_t t = explore::the_machine.now();
    world::explorer_record(world::verb::clock, nullptr, at, static_cast<std::uint64_t>(t));
    return t;
  }
  static std::uint32_t random(std::uint32_t n) noexcept { return explore::the_machine.random(n); }
  static unsigned self() noexcept { return explore::the_machine.self(); }
  // Gives the calling model thread another identity: a worker's baton passes between model threads.
  static void set_self(unsigned participant) noexcept { explore::the_machine.set_self(participant); }

  // For suites (stress/model/checked.hpp). What a mark stands for ends with the thread's next step: whoever learns of that has seen it.
  static nanoseconds_t time() noexcept { return explore::the_machine.time(); }
  static void happened(std::array<std::size_t, world::max_model_threads>& marks) noexcept {
    const explore::clock& seen = explore::the_machine.cells.known(static_cast<explore::thread_id>(world::model_thread())).times.happened;
    for (unsigned i = 0; i != world::max_model_threads; ++i) marks[i] = seen[i];
  }
  static std::size_t mark() noexcept { return explore::the_machine.cells.epoch(static_cast<explore::thread_id>(world::model_thread())); }

  class mutex;
  class condition;
};

class explorer::mutex {
  friend class condition;
  explore::object_id lock_ = explore::the_machine.make_object();

 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock(where at = where::current()) noexcept {
    world::explorer_record(world::verb::lock, this, at);
    explore::the_machine.lock(lock_, at);
    world::explorer_record(world::verb::locked, this, at);
  }
  bool try_lock(where at = where::current()) noexcept {
    const bool got = explore::the_machine.try_lock(lock_, at);
    world::explorer_record(got ? world::verb::try_locked : world::verb::try_failed, this, at);
    return got;
  }
  void unlock(where at = where::current()) noexcept {
    explore::the_machine.unlock(lock_, at);
    world::explorer_record(world::verb::unlock, this, at);
  }
};

class explorer::condition {
  explore::object_id queue_ = explore::the_machine.make_object();

 public:
  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  void wait(mutex& m, where at = where::current()) noexcept { wait_until(m, never, at); }
  bool wait_until(mutex& m, nanoseconds_t deadline, where at = where::current()) noexcept {
    using enum explore::machine::woke;
    world::explorer_record(world::verb::wait, this, at);
    const auto how = explore::the_machine.wait_on(queue_, m.lock_, deadline, at);
    world::explorer_record(how == timed_out ? world::verb::timed_out : world::verb::woken, this, at);
    return how != timed_out;
  }
  void notify_one(where at = where::current()) noexcept {
    explore::the_machine.notify(queue_, 1, at);
    world::explorer_record(world::verb::notify, this, at);
  }
  void notify_all(where at = where::current()) noexcept {
    explore::the_machine.notify(queue_, UINT32_MAX, at);
    world::explorer_record(world::verb::notify, this, at);
  }
};

static_assert(World<explorer>);

}  // namespace stealyard
