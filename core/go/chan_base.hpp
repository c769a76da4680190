// chan_base: what a channel is, its elements aside: a lock, who waits, whether it is closed. A select works on this, whatever T is.
#pragma once
#include "core/sched/waiter.hpp"

#include <cstddef>
#include <cstdint>

namespace stealyard {

template <class P>
class chan_base {
 protected:
  using W = typename P::world;

  chan_base(std::size_t capacity, bool lock_free) noexcept : lock_free_(lock_free), capacity_(capacity) {}
  ~chan_base() = default;

  typename W::mutex mutex_;
  bool closed_ = false;  // under mutex_
  const bool lock_free_;
  atomic<W, std::uint32_t> waiting_{0};  // registered in either list; only a lock-free buffer's channel counts them
  const std::size_t capacity_;
  sched::waiter_list<P> receivers_;  // under mutex_
  sched::waiter_list<P> senders_;    // under mutex_

 public:
  chan_base(const chan_base&) = delete;
  chan_base& operator=(const chan_base&) = delete;

  std::uint64_t bubble = 0;  // of virtual time, the only one it may be used in; 0: anywhere. Set at birth

  std::size_t capacity() const noexcept { return capacity_; }
  // Its buffer works without the channel's lock.
  bool lock_free() const noexcept { return lock_free_; }
  // Nobody waits here. A snapshot.
  bool deserted() noexcept {
    mutex_.lock();
    const bool nobody = receivers_.empty() && senders_.empty() && waiting_.load(relaxed) == 0;
    mutex_.unlock();
    return nobody;
  }

  // ---- for select: one that waits here among other places ----

  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

  // Under the lock. `w` is a case of a select.
  void enlist(sched::waiter<P>& w, bool sends) noexcept {
    (sends ? senders_ : receivers_).push(w);
    w.listed = true;
    if (lock_free_) waiting_.fetch_add(1u, relaxed);  // W1
  }
  // Under the lock: out of the list, unless somebody took it out already.
  void withdraw(sched::waiter<P>& w, bool sends) noexcept {
    if (!w.listed) return;
    (sends ? senders_ : receivers_).unlist(w);
    if (lock_free_) waiting_.fetch_sub(1u, relaxed);
  }
};

// How a select tries one of its cases, which is a direction on a channel of some T. `slot` is a T to send, or an empty landing<T>.
template <class P>
struct select_direction {
  bool sends;
  // ok, closed; full or empty: it cannot proceed.
  outcome (*attempt)(chan_base<P>& channel, void* slot) noexcept;
  // The same under the channel's lock, which stays held; not with a lock-free buffer. The caller wakes `served` after it unlocked.
  outcome (*attempt_locked)(chan_base<P>& channel, void* slot, sched::waiter<P>*& served) noexcept;
  // Null, or: the channel stays until let_go, whatever happens to its handles.
  void (*keep)(chan_base<P>& channel) noexcept;
  void (*let_go)(chan_base<P>& channel) noexcept;
};

}  // namespace stealyard
