// rw_mutex_core: many readers or one writer. A read costs two locked instructions; a waiting writer blocks new readers.
// Source:     Go's sync.RWMutex; its two semaphores are one short lock, a list and two counts here.
// Progress:   lock, lock_shared blocking; try_lock, try_lock_shared lock-free; unlocking wait-free unless somebody waits.
//
// readers_ counts those who read or wait to read; a writer subtracts `writer`, which makes it negative: new readers then wait.
//   writer   A1 take writers_       A2 subtract: `active` readers are inside still    A3 under lock_: departing_ + active; sleep unless 0
//   reader   B1 subtract itself; if a writer is there   B2 under lock_: departing_ - 1; who makes it 0 wakes the writer
//            (B2 may come before A3: departing_ is negative for a while)
//   unlock   C1 add `writer` back: `waiting` readers had come    C2 under lock_: let as many in, asleep or yet to come    C3 writers_
// So writers and readers take turns: those who came during a write go before the next writer.
//   Invariants: I1 departing_ and granted_ are zero while nobody is inside or on the way
//               I2 a reader that waits takes a grant; whose it was does not matter, only how many there are
// Orders
//   R1  fetch_add readers_ acquire      with R6  what the last writer wrote
//   R2  load  readers_ relaxed          -  a guess for R3
//   R3  cas   readers_ acquire / relaxed  with R6  as R1
//   R4  fetch_sub readers_ release      with R5, R7  a writer comes after what was read; if it is there already, through lock_
//   R5  fetch_sub readers_ acquire      with R4
//   R6  fetch_add readers_ release      with R1, R3  what we wrote
//   R7  cas   readers_ acquire / relaxed  with R4
//   R8  load  readers_ relaxed          -  a guess for R9
//   R9  cas   readers_ relaxed / relaxed  -  under lock_; a reader that never read leaves nothing to see, and continues release sequences
#pragma once
#include "core/go/mutex_core.hpp"

namespace stealyard {

template <class P>
class rw_mutex_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  static constexpr std::int32_t writer = 1 << 30;  // more than readers can be

 public:
  // This and lock throw, without it, if the goroutine is told to unwind while it waits.
  STEALYARD_FORCE_INLINE void lock_shared(typename P::reason why) {
    const std::int32_t before = readers_.fetch_add(1, acquire);  // R1
    if (before < 0) [[unlikely]]
      wait_for_writer(why);
  }

  // False: a writer is inside, or waits.
  bool try_lock_shared() noexcept {
    std::int32_t seen = readers_.load(relaxed);  // R2
    while (seen >= 0) {
      if (readers_.compare_exchange_weak(seen, seen + 1, acquire, relaxed)) return true;  // R3
    }
    return false;
  }

  // False: nobody had locked it for reading; it must not be used any more.
  STEALYARD_FORCE_INLINE bool unlock_shared() noexcept {
    const std::int32_t before = readers_.fetch_sub(1, release);  // R4, B1
    return before > 0 || depart(before);
  }

  void lock(typename P::reason why) {
    writers_.lock(why);                                                  // A1
    const std::int32_t active = readers_.fetch_sub(writer, acquire);     // R5, A2
    if (active != 0) wait_for_readers(active, why);
  }

  // False: somebody is inside, or waits.
  bool try_lock() noexcept {
    if (!writers_.try_lock()) return false;
    std::int32_t nobody = 0;
    if (readers_.compare_exchange_strong(nobody, -writer, acquire, relaxed)) return true;  // R7
    writers_.unlock();
    return false;
  }

  // False: it was not locked for writing; it must not be used any more.
  bool unlock() noexcept {
    const std::int32_t before = readers_.fetch_add(writer, release);  // R6, C1
    if (before >= 0) return false;
    const std::int32_t waiting = before + writer;
    if (waiting != 0) let_in(waiting);
    writers_.unlock();  // C3
    return true;
  }

 private:
  [[gnu::noinline]] void wait_for_writer(typename P::reason why) {
    lock_.lock();
    if (granted_ != 0) {
      --granted_;
      return lock_.unlock();
    }
    waiter me;
    waiting_readers_.push(me);
    try {
      me.wait(lock_, why);
    } catch (const sched::goexit_signal&) {
      if (!stop_waiting(me)) unlock_shared();
      throw;
    }
  }
  // Of a reader that unwinds. False: it was let in.
  [[gnu::noinline, gnu::cold]] bool stop_waiting(waiter& me) noexcept {
    if (!waiter::roused()) return false;
    lock_.lock();
    bool gone = false;
    if (waiting_readers_.holds(me)) {
      std::int32_t seen = readers_.load(relaxed);  // R8
      while (seen < 0 && !gone) gone = readers_.compare_exchange_weak(seen, seen - 1, relaxed, relaxed);  // R9
      if (gone) waiting_readers_.remove(me);
    }
    lock_.unlock();
    if (!gone) waiter::await_wake();  // the writer is at C1, and has counted us in
    return gone;
  }

  // A3
  [[gnu::noinline]] void wait_for_readers(std::int32_t active, typename P::reason why) {
    lock_.lock();
    departing_ += active;
    if (departing_ == 0) return lock_.unlock();
    waiter me;
    waiting_writer_ = &me;
    try {
      me.wait(lock_, why);
    } catch (const sched::goexit_signal&) {
      if (!leave_it_to_readers(me)) unlock();
      throw;
    }
  }
  // Of a writer that unwinds: how many readers are at B1 or B2 cannot be told, so the last of them unlocks on its behalf. False: it is
  // inside.
  [[gnu::noinline, gnu::cold]] bool leave_it_to_readers(waiter& me) noexcept {
    if (!waiter::roused()) return false;
    lock_.lock();
    writer_left_ = waiting_writer_ == &me;
    if (writer_left_) waiting_writer_ = nullptr;
    const bool left = writer_left_;
    lock_.unlock();
    if (!left) waiter::await_wake();
    return left;
  }

  // B2
  [[gnu::noinline]] bool depart(std::int32_t before) noexcept {
    if (before == 0 || before == -writer) return false;
    lock_.lock();
    waiter* w = --departing_ == 0 ? std::exchange(waiting_writer_, nullptr) : nullptr;
    const bool for_writer = departing_ == 0 && std::exchange(writer_left_, false);
    lock_.unlock();
    if (w != nullptr) w->wake();
    if (for_writer) [[unlikely]]
      unlock();
    return true;
  }

  // C2
  [[gnu::noinline]] void let_in(std::int32_t waiting) noexcept {
    sched::waiter_list<P> woken;
    lock_.lock();
    for (; waiting != 0; --waiting) {
      waiter* r = waiting_readers_.pop();
      if (r == nullptr) break;
      woken.push_taken(*r);
    }
    granted_ += waiting;
    lock_.unlock();
    wake_all(woken);
  }

  atomic<W, std::int32_t> readers_{0};
  mutex_core<P> writers_;
  typename W::mutex lock_;  // guards what follows
  std::int32_t departing_ = 0;
  std::int32_t granted_ = 0;
  waiter* waiting_writer_ = nullptr;
  bool writer_left_ = false;  // one that was at A3, and unwound
  sched::waiter_list<P> waiting_readers_;
};

}  // namespace stealyard
