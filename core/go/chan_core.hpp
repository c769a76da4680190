// chan_core: Go's channel. Waiter lists and hand-off, with an interchangeable buffer in the middle.
//
// With mutex_ring (or no buffer) it is Go's own algorithm: everything under one lock, a waiter is served before a newcomer.
//   Invariants: I1 a non-empty buffer implies no waiting receiver; I2 room in the buffer implies no waiting sender.
// With a lock-free buffer the fast path never takes the lock, and newcomers may barge:
//   operation  F1 try_push / try_pop on the buffer      F2 fence(seq_cst)     F3 look at waiting_; if anybody waits, transfer
//   waiter     W1 register, waiting_ + 1, under the lock  W2 fence(seq_cst)   W3 try once more; only then sleep (unlocking)
// Either F3 sees W1, or W3 sees F1. transfer() moves elements between queues and buffer under the lock until they agree.
// `lost` at W3 means another operation is between its F1 and F3: it will see us.
// A case of a select (core/go/select_core.hpp) is served only by whoever wins its claim; with a lock-free buffer the claim comes first,
// and where the buffer then refuses, because somebody barged in, the select is woken with `lost` and starts over.
// close is a bit in the word a push linearizes on (contract CB6, CB7).
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/go/abstract_buffer.hpp"
#include "core/go/chan_base.hpp"
#include "core/go/chan_edges.hpp"
#include "variants/channel_buffer/mutex_ring.hpp"

#include <memory>
#include <optional>

namespace stealyard {

template <class P, class T>
class chan_core : public chan_base<P> {
  using chan_base<P>::capacity_;
  using chan_base<P>::closed_;
  using chan_base<P>::mutex_;
  using chan_base<P>::receivers_;
  using chan_base<P>::senders_;
  using chan_base<P>::waiting_;
  using typename chan_base<P>::W;
  using waiter = sched::waiter<P>;
  using ring = channel_buffer::mutex_ring<W, T>;
  static_assert(std::is_nothrow_move_constructible_v<T>, "a channel's element must be nothrow move constructible");

 public:
  // capacity 0: unbuffered. `buffer` null: mutex_ring.
  chan_core(std::size_t capacity, std::unique_ptr<abstract_buffer<T>> buffer)
      : chan_base<P>(capacity, buffer != nullptr), buffer_(std::move(buffer)) {
    if (capacity != 0 && buffer_ == nullptr) ring_.emplace(capacity);
    edges_.begin(buffer_ == nullptr ? capacity : 0);
  }

  // ok (value was moved from) or closed. Blocks while there is no room.
  STEALYARD_FORCE_INLINE outcome send(T& value, typename P::reason why) {
    if (buffer_ != nullptr) [[unlikely]]
      return send_lock_free(value, why);
    mutex_.lock();
    const outcome now = send_locked(value);
    if (now != outcome::full) return now;
    waiter me;
    me.slot = &value;
    me.before.release();
    senders_.push(me);
    wait_in(senders_, me, why);
    return me.result;
  }

  // ok or closed. Blocks while there is nothing.
  STEALYARD_FORCE_INLINE outcome recv(landing<T>& into, typename P::reason why) {
    if (buffer_ != nullptr) [[unlikely]]
      return recv_lock_free(into, why);
    mutex_.lock();
    const outcome now = recv_locked(into);
    if (now != outcome::empty) return now;
    waiter me;
    me.slot = &into;
    me.before.release();
    receivers_.push(me);
    wait_in(receivers_, me, why);
    return me.result;
  }

  // ok, full, closed
  outcome try_send(T& value) noexcept {
    if (buffer_ != nullptr) return try_send_lock_free(value);
    mutex_.lock();
    const outcome now = send_locked(value);
    if (now == outcome::full) mutex_.unlock();
    return now;
  }

  // ok, empty, closed
  outcome try_recv(landing<T>& into) noexcept {
    if (buffer_ != nullptr) return try_recv_lock_free(into);
    mutex_.lock();
    const outcome now = recv_locked(into);
    if (now == outcome::empty) mutex_.unlock();
    return now;
  }

  // ---- for timers: a sender that is nobody; unbuffered channels only ----

  // Gives `value` to a waiting receiver, which is returned, to be woken; or lets it stand among the senders, in offered.slot, for the
  // next receiver. Dropped if the last one still stands.
  waiter* offer(waiter& offered, T value) noexcept {
    mutex_.lock();
    waiter* r = senders_.empty() ? receivers_.pop_claimed() : nullptr;
    if (r != nullptr) {
      mutex_.unlock();
      landing_of(*r).emplace(std::move(value));
      return r;
    }
    if (senders_.empty()) {
      offered.stand();
      value_of(offered) = std::move(value);
      senders_.push(offered);
    }
    mutex_.unlock();
    return nullptr;
  }
  // False: it was received, or never offered.
  bool withdraw_offer(waiter& offered) noexcept {
    mutex_.lock();
    const bool stood = senders_.front() == &offered;
    if (stood) {
      senders_.pop();
      offered.stand_down();
    }
    mutex_.unlock();
    return stood;
  }
  // A snapshot.
  bool has_receivers() noexcept {
    mutex_.lock();
    const bool some = !receivers_.empty();
    mutex_.unlock();
    return some;
  }

  // False if it was closed already.
  bool close() noexcept {
    mutex_.lock();
    if (closed_) {
      mutex_.unlock();
      return false;
    }
    closed_ = true;
    edges_.closes();
    if (buffer_ != nullptr) {
      buffer_->close();
      sched::waiter_list<P> woken = transfer();
      mutex_.unlock();
      wake_all(woken);
      return true;
    }
    sched::waiter_list<P> woken;
    while (waiter* r = receivers_.pop_claimed()) turn_away(woken, *r);  // by I1 the buffer is empty
    while (waiter* s = senders_.pop_claimed()) turn_away(woken, *s);
    mutex_.unlock();
    wake_all(woken);
    return true;
  }

  std::size_t length() noexcept {
    if (buffer_ != nullptr) return buffer_->length();
    if (!ring_) return 0;
    mutex_.lock();
    const std::size_t n = ring_->length();
    mutex_.unlock();
    return n;
  }

  // One case of a select, under the lock, which stays held; never with a lock-free buffer. `served` is to be woken after it.
  outcome send_under_lock(T& value, waiter*& served) noexcept {
    if (closed_) return outcome::closed;
    if (waiter* r = receivers_.pop_claimed()) {
      edges_.hands_to(r->before);
      landing_of(*r).emplace(std::move(value));
      served = r;
      return outcome::ok;
    }
    return capacity_ != 0 ? push(value) : outcome::full;
  }
  outcome recv_under_lock(landing<T>& into, waiter*& served) noexcept {
    if (pop(into, served)) return outcome::ok;
    if (waiter* s = senders_.pop_claimed()) {
      s->before.acquire();
      into.emplace(std::move(value_of(*s)));
      served = s;
      return outcome::ok;
    }
    return closed_ ? told_closed() : outcome::empty;
  }

 private:
  static landing<T>& landing_of(waiter& w) noexcept { return *static_cast<landing<T>*>(w.slot); }
  static T& value_of(waiter& w) noexcept { return *static_cast<T*>(w.slot); }
  static void turn_away(sched::waiter_list<P>& woken, waiter& w) noexcept {
    w.result = outcome::closed;
    woken.push_taken(w);
  }
  // With the lock held; releases it.
  STEALYARD_FORCE_INLINE void wait_in(sched::waiter_list<P>& queue, waiter& me, typename P::reason why) {
    try {
      me.wait(mutex_, why);
    } catch (const sched::goexit_signal&) {
      me.leave(mutex_, queue);
      throw;
    }
  }

  // With the lock held; the ring, and what orders those who use it.
  STEALYARD_FORCE_INLINE outcome push(T& value) noexcept {
    const outcome now = ring_->try_push(value);
    if (now == outcome::ok) edges_.pushes();
    return now;
  }
  STEALYARD_FORCE_INLINE bool pop(landing<T>& into, waiter*& made_room_for) noexcept {
    if (capacity_ == 0 || ring_->try_pop(into) != outcome::ok) return false;
    edges_.pops();
    made_room_for = senders_.pop_claimed();
    if (made_room_for != nullptr) {
      ring_->try_push(value_of(*made_room_for));  // the room just made; keeps FIFO
      edges_.pushes_for(made_room_for->before);
    }
    return true;
  }
  outcome told_closed() noexcept {
    edges_.sees_closed();
    return outcome::closed;
  }

  // With the lock held; releases it, unless the answer is full.
  STEALYARD_FORCE_INLINE outcome send_locked(T& value) noexcept {
    if (closed_) [[unlikely]] {
      mutex_.unlock();
      return outcome::closed;
    }
    if (waiter* r = receivers_.pop_claimed()) {
      edges_.hands_to(r->before);
      mutex_.unlock();  // r is ours: nobody else can see it
      landing_of(*r).emplace(std::move(value));
      r->wake();
      return outcome::ok;
    }
    if (capacity_ != 0 && push(value) == outcome::ok) {
      mutex_.unlock();
      return outcome::ok;
    }
    return outcome::full;
  }

  // With the lock held; releases it, unless the answer is empty.
  STEALYARD_FORCE_INLINE outcome recv_locked(landing<T>& into) noexcept {
    waiter* made_room_for = nullptr;
    if (pop(into, made_room_for)) {
      mutex_.unlock();
      if (made_room_for != nullptr) made_room_for->wake();
      return outcome::ok;
    }
    if (waiter* s = senders_.pop_claimed()) {
      s->before.acquire();
      mutex_.unlock();
      into.emplace(std::move(value_of(*s)));
      s->wake();
      return outcome::ok;
    }
    if (closed_) [[unlikely]] {
      edges_.sees_closed();
      mutex_.unlock();
      return outcome::closed;
    }
    return outcome::empty;
  }

  // ---- a lock-free buffer ----

  // F2, F3
  STEALYARD_FORCE_INLINE void serve_waiters() noexcept {
    W::fence(seq_cst);                                          // F2
    if (waiting_.load(relaxed) != 0) [[unlikely]]
      serve_slow();  // F3
  }
  [[gnu::noinline]] void serve_slow() noexcept {
    mutex_.lock();
    sched::waiter_list<P> woken = transfer();
    mutex_.unlock();
    wake_all(woken);
  }

  // Under the lock: until queues and buffer agree. Returns whom to wake.
  sched::waiter_list<P> transfer() noexcept {
    sched::waiter_list<P> woken;
    const auto filled = [&]() noexcept { return closed_ || buffer_->length() != 0; };
    const auto room = [&]() noexcept { return closed_ || buffer_->length() < capacity_; };
    const auto take = [&](waiter& r) noexcept { return buffer_->try_pop(landing_of(r)); };
    const auto put = [&](waiter& s) noexcept { return buffer_->try_push(value_of(s)); };
    for (bool moved = true; moved;) {
      moved = serve_one(receivers_, filled, take, woken);
      if (serve_one(senders_, room, put, woken)) moved = true;
    }
    return woken;
  }
  // The first waiter that can be served, if `likely` to be. A waiter of its own leaves only once it is; of a select, see above.
  template <class Likely, class Try>
  bool serve_one(sched::waiter_list<P>& from, const Likely& likely, const Try& attempt, sched::waiter_list<P>& woken) noexcept {
    using answer = typename sched::select_claim<P>::answer;
    for (waiter* w = from.front(); w != nullptr;) {
      waiter* const after = w->next;
      if (w->claim == nullptr) {
        const outcome now = attempt(*w);
        if (now != outcome::ok && now != outcome::closed) return false;
        serve(from, *w, now, woken);
        return true;
      }
      if (!likely()) return false;
      const answer claimed = w->claim->take(*w);
      if (claimed == answer::won) {
        const outcome now = attempt(*w);
        serve(from, *w, now == outcome::ok || now == outcome::closed ? now : outcome::lost, woken);
        return true;
      }
      if (claimed == answer::lost) {
        from.unlist(*w);
        waiting_.fetch_sub(1u, relaxed);
      }
      w = after;
    }
    return false;
  }
  void serve(sched::waiter_list<P>& from, waiter& w, outcome result, sched::waiter_list<P>& woken) noexcept {
    from.unlist(w);
    waiting_.fetch_sub(1u, relaxed);
    w.result = result;
    woken.push_taken(w);
  }

  // Retries what was merely lost: an operation in progress elsewhere, whose thread may have lost its processor.
  template <class Try>
  STEALYARD_FORCE_INLINE static outcome insist(Try&& attempt) noexcept {
    for (unsigned tries = 0;; ++tries) {
      const outcome now = attempt();
      if (now != outcome::lost) return now;
      if (tries % 32 == 31) {
        W::yield();
      } else {
        W::pause();
      }
    }
  }

  outcome try_send_lock_free(T& value) noexcept {
    [[maybe_unused]] const chan_edges::passage ordered(edges_);
    const outcome now = insist([&]() noexcept { return buffer_->try_push(value); });
    // Told closed, too: somebody may have been told `lost` because of this very push, and sleep.
    if (now == outcome::ok || now == outcome::closed) serve_waiters();
    return now;
  }
  outcome try_recv_lock_free(landing<T>& into) noexcept {
    [[maybe_unused]] const chan_edges::passage ordered(edges_);
    const outcome now = insist([&]() noexcept { return buffer_->try_pop(into); });
    if (now == outcome::ok) serve_waiters();
    return now;
  }

  // W1 to W3, and sleep. `once_more` is the operation, tried while registered.
  template <class Try>
  outcome wait_lock_free(sched::waiter_list<P>& queue, waiter& me, typename P::reason why, Try&& once_more) {
    [[maybe_unused]] const chan_edges::passage ordered(edges_);
    mutex_.lock();
    queue.push(me);
    waiting_.fetch_add(1u, relaxed);  // W1
    W::fence(seq_cst);                // W2
    const outcome again = once_more();  // W3
    if (again == outcome::ok || again == outcome::closed) {
      queue.remove(me);
      waiting_.fetch_sub(1u, relaxed);
      sched::waiter_list<P> woken = transfer();
      mutex_.unlock();
      wake_all(woken);
      return again;
    }
    try {
      me.wait(mutex_, why);
    } catch (const sched::goexit_signal&) {
      if (me.leave(mutex_, queue)) waiting_.fetch_sub(1u, relaxed);
      throw;
    }
    return me.result;
  }

  [[gnu::noinline]] outcome send_lock_free(T& value, typename P::reason why) {
    const outcome now = try_send_lock_free(value);
    if (now != outcome::full) return now;
    waiter me;
    me.slot = &value;
    return wait_lock_free(senders_, me, why, [&]() noexcept { return buffer_->try_push(value); });
  }
  [[gnu::noinline]] outcome recv_lock_free(landing<T>& into, typename P::reason why) {
    const outcome now = try_recv_lock_free(into);
    if (now != outcome::empty) return now;
    waiter me;
    me.slot = &into;
    return wait_lock_free(receivers_, me, why, [&]() noexcept { return buffer_->try_pop(into); });
  }

  [[no_unique_address]] chan_edges edges_;
  std::optional<ring> ring_;
  const std::unique_ptr<abstract_buffer<T>> buffer_;
};

}  // namespace stealyard
