// relacy: the world of the Relacy Race Detector. Atomics have a weak memory model, plain cells a race detector, mutexes and sleeping a
// deadlock detector; the scheduler (stress/world/schedulers.hpp) decides who runs at every step, so an execution can be repeated.
//
// What it misses, by its own nature: load buffering, a stale value from a failing exchange, values older than two stores.
// What it adds: two seq_cst fences synchronise with each other (stronger than C++). It also raises a false alarm on store buffering
// with a fence on one side and seq_cst operations on the other: use fences on both, or operations on both.
#pragma once
#include "stress/world/relacy_cells.hpp"

namespace stealyard::world {

template <class T>
class relacy_slots {
  std::unique_ptr<T[]> slots_ = std::make_unique<T[]>(max_model_threads);

 public:
  T& mine() noexcept { return slots_[the_model.self[model_thread()]]; }
  T& of(unsigned participant) noexcept { return slots_[participant]; }
};

// futex: Relacy's own adds seq_cst fences and an edge from waker to sleeper; this one orders nothing.
bool model_sleep(const void* word, bool asleep, nanoseconds_t deadline, const where& at);
void model_wake(const void* word, unsigned n, const where& at);

}  // namespace stealyard::world

namespace stealyard {

struct relacy {
  using where = world::where;
  template <class T>
  using atomic = world::relacy_atomic<T>;
  template <class T>
  using plain = world::relacy_plain<T>;
  template <class T>
  using per_participant = world::relacy_slots<T>;
  static constexpr unsigned max_participants = world::max_model_threads;

  static void fence(world::order o) noexcept {
    const std::memory_order used = world::resolve(world::role::fence, o);
    if (used != world::no_fence && used != relaxed) rl::atomic_thread_fence(world::in_relacy(used), world::info(o.site));
    if (world::the_trace.on()) {
      world::the_trace.add({.thread = world::model_thread(), .what = world::verb::fence, .order = used, .site = o.site});
    }
  }
  // Relacy cannot run a fence on another thread's behalf: whether the light side may be lighter is not decided here.
  static void light_fence() noexcept { fence(seq_cst); }
  static void heavy_fence() noexcept { fence(seq_cst); }

  static void pause(where at = where::current()) noexcept {
    world::record(world::verb::pause, nullptr, at);
    rl::ctx().yield(1, world::info(at));
  }
  static void yield(where at = where::current()) noexcept { pause(at); }

  static void wait(atomic<std::uint32_t>& a, std::uint32_t expected, where at = where::current()) noexcept {
    wait_until(a, expected, never, at);
  }
  static bool wait_until(atomic<std::uint32_t>& a, std::uint32_t expected, nanoseconds_t deadline, where at = where::current()) noexcept {
    rl::ctx().sched();
    return world::model_sleep(&a, a.newest() == expected, deadline, at);  // compares and sleeps in one step
  }
  static void wake(atomic<std::uint32_t>& a, unsigned n, where at = where::current()) noexcept { world::model_wake(&a, n, at); }

  // Time passes, and sometimes jumps past any deadline.
  static nanoseconds_t now(where at = where::current()) noexcept {
    world::the_model.now += rl::ctx().rand(8, rl::sched_type_user) == 0 ? 1'000'000'000 : 1;
    world::record(world::verb::clock, nullptr, at, static_cast<std::uint64_t>(world::the_model.now));
    return world::the_model.now;
  }
  static std::uint32_t random(std::uint32_t n) noexcept { return rl::ctx().rand(n, rl::sched_type_user); }
  static unsigned self() noexcept { return world::the_model.self[world::model_thread()]; }
  // Gives the calling model thread another identity: a worker's baton passes between model threads.
  static void set_self(unsigned participant) noexcept { world::the_model.self[world::model_thread()] = participant; }

  // For suites (stress/model/checked.hpp).
  static nanoseconds_t time() noexcept { return world::the_model.now; }
  static void happened(std::array<std::size_t, world::max_model_threads>& marks) noexcept {
    const rl::context& c = rl::ctx();
    for (unsigned i = 0; i != static_cast<unsigned>(rl::ctx().get_thread_count()); ++i) marks[i] = c.threadx_->acq_rel_order_[i];
  }
  static std::size_t mark() noexcept { return ++rl::ctx().threadx_->own_acq_rel_order_; }

  class mutex;
  class condition;
};

// Relacy's own, so that deadlocks, recursion and unlocking by a stranger are seen. try_lock may fail spuriously once.
class relacy::mutex {
  rl::generic_mutex_data* data_ = rl::ctx().mutex_ctor(false, false, false, true);

 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex() { rl::ctx().mutex_dtor(data_); }

  void lock(where at = where::current()) noexcept {
    world::record(world::verb::lock, this, at);
    data_->lock_exclusive(false, world::info(at));
    world::record(world::verb::locked, this, at);
  }
  bool try_lock(where at = where::current()) noexcept {
    const bool got = data_->try_lock_exclusive(world::info(at));
    world::record(got ? world::verb::try_locked : world::verb::try_failed, this, at);
    return got;
  }
  void unlock(where at = where::current()) noexcept {
    data_->unlock_exclusive(world::info(at));
    world::record(world::verb::unlock, this, at);
  }
  // What Relacy's condition calls while it holds and takes the mutex.
  void lock(rl::debug_info_param at) { data_->lock_exclusive(false, at); }
  void unlock(rl::debug_info_param at) { data_->unlock_exclusive(at); }
};

class relacy::condition {
  rl::condvar_data* data_ = rl::ctx().condvar_ctor(true);

 public:
  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;
  ~condition() { rl::ctx().condvar_dtor(data_); }

  void wait(mutex& m, where at = where::current()) noexcept { wait_until(m, never, at); }
  bool wait_until(mutex& m, nanoseconds_t deadline, where at = where::current()) noexcept {
    world::record(world::verb::wait, this, at);
    const rl::mutex_wrapper_impl<mutex> lock(m);
    const bool timed_out = data_->wait(lock, deadline != never, world::info(at)) == rl::sema_wakeup_reason_timeout;
    if (timed_out && world::the_model.now < deadline) world::the_model.now = deadline;
    world::record(timed_out ? world::verb::timed_out : world::verb::woken, this, at);
    return !timed_out;
  }
  void notify_one(where at = where::current()) noexcept {
    world::record(world::verb::notify, this, at);
    data_->notify_one(world::info(at));
  }
  void notify_all(where at = where::current()) noexcept {
    world::record(world::verb::notify, this, at);
    data_->notify_all(world::info(at));
  }
};

static_assert(World<relacy>);

}  // namespace stealyard
