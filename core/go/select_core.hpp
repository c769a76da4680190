// select_core: the cases of one select, as core/contract/selector.hpp shows them to the algorithms of variants/selector.
//
// Everything lies on the caller's stack, and most of it is not even made while a case is ready: waiters, the claim they share and the
// order of addresses are for those that wait (arrange).
// A channel that is waited on, or has a lock-free buffer, is kept alive meanwhile: whoever is served may drop the last handle to it before
// we withdraw from it. A channel with a lock that is merely tried is not touched any more once the case proceeded.
#pragma once
#include "core/contract/selector.hpp"
#include "core/go/chan_base.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace stealyard {

// One case as its author wrote it. channel null: nil, never ready.
template <class P>
struct select_row {
  chan_base<P>* channel;
  const select_direction<P>* direction;
  void* slot;
};

// Memory for a select of up to `count` cases.
template <class P>
struct select_room {
  using index = std::uint16_t;
  static constexpr std::size_t most_cases = 65536;
  const select_row<P>* rows;
  index* order;
  index* by_address;
  sched::waiter<P>* waiters;  // not made yet
};

template <class P, std::size_t Count>
struct select_room_for {
  select_row<P> rows[Count];
  typename select_room<P>::index order[Count];
  typename select_room<P>::index by_address[Count];
  alignas(sched::waiter<P>) std::byte waiters[Count * sizeof(sched::waiter<P>)];

  select_room<P> view() noexcept { return {rows, order, by_address, reinterpret_cast<sched::waiter<P>*>(waiters)}; }
};

template <class P>
class select_cases {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  using claim = sched::select_claim<P>;

  const select_room<P> room_;
  std::size_t size_ = 0;  // of order
  const typename P::reason why_;
  outcome result_ = outcome::ok;
  bool any_lock_free_ = false;
  bool kept_ = false;
  bool arranged_ = false;
  waiter* served_ = nullptr;  // by us, to be woken once the locks are released
  std::optional<claim> claim_;

  const select_row<P>& row(std::size_t i) const noexcept { return room_.rows[i]; }
  chan_base<P>& channel(std::size_t i) const noexcept { return *room_.rows[i].channel; }
  // In a bubble of virtual time the bubble draws, so that a run repeats.
  static std::uint32_t draw_below(std::uint32_t n) noexcept {
    if constexpr (requires { P::random_here(n); }) {
      return P::random_here(n);
    } else {
      return W::random(n);
    }
  }
  waiter& waiter_of(std::size_t i) noexcept { return room_.waiters[i]; }

  bool proceeded(outcome now) noexcept {
    result_ = now;
    return now == outcome::ok || now == outcome::closed;
  }

  void keep_channels() noexcept {
    if (kept_) return;
    kept_ = true;
    for (std::size_t k = 0; k != size_; ++k) {
      if (row(at(k)).direction->keep != nullptr) row(at(k)).direction->keep(channel(at(k)));
    }
  }

  // What only those need that wait.
  void arrange() noexcept {
    keep_channels();
    if (arranged_) return;
    arranged_ = true;
    claim_.emplace();
    sched::worker<P>* const here = P::worker_here();
    for (std::size_t k = 0; k != size_; ++k) {
      const std::size_t i = at(k);
      waiter& w = *::new (static_cast<void*>(&room_.waiters[i])) waiter;
      w.stands_for(*claim_, here);
      w.slot = row(i).slot;
      w.before.release();
    }
  }

  void sort_by_address() noexcept {
    std::copy_n(room_.order, size_, room_.by_address);
    std::sort(room_.by_address, room_.by_address + size_,
              [this](auto a, auto b) { return std::less<const void*>()(&channel(a), &channel(b)); });
  }
  void enlist_in_list(std::size_t i) noexcept { channel(i).enlist(waiter_of(i), row(i).direction->sends); }

  // Told to unwind while it slept: nobody serves a case from now on, or has done so and been done with it.
  [[gnu::noinline, gnu::cold]] void leave() noexcept {
    if (waiter::roused() && !claim_->renounce()) waiter::await_wake();
    withdraw();
  }

  std::size_t served_case() noexcept {
    waiter* const w = claim_->winner();
    if (w == nullptr) return no_case;
    w->woken_after.acquire();
    if (!proceeded(w->result)) return no_case;
    return static_cast<std::size_t>(w - room_.waiters);
  }

 public:
  // `room.rows` holds `count` rows; the rest of it is ours until we go.
  select_cases(const select_room<P>& room, std::size_t count, typename P::reason why) noexcept : room_(room), why_(why) {
    for (std::size_t i = 0; i != count; ++i) {
      const chan_base<P>* c = row(i).channel;
      if (c == nullptr) continue;
      room_.order[size_++] = static_cast<typename select_room<P>::index>(i);
      any_lock_free_ |= c->lock_free();
    }
    if (any_lock_free_) keep_channels();
  }
  select_cases(const select_cases&) = delete;
  select_cases& operator=(const select_cases&) = delete;
  ~select_cases() {
    if (arranged_) {
      for (std::size_t k = 0; k != size_; ++k) std::destroy_at(&waiter_of(at(k)));
    }
    if (!kept_) return;
    for (std::size_t k = 0; k != size_; ++k) {
      if (row(at(k)).direction->let_go != nullptr) row(at(k)).direction->let_go(channel(at(k)));
    }
  }

  bool any_lock_free() const noexcept { return any_lock_free_; }
  // Of the case that proceeded: ok or closed.
  outcome result() const noexcept { return result_; }

  // ---- what the algorithms see: core/contract/selector.hpp ----

  std::size_t size() const noexcept { return size_; }
  std::size_t draw(std::size_t k) noexcept {
    if (k + 1 != size_) std::swap(room_.order[k], room_.order[k + draw_below(static_cast<std::uint32_t>(size_ - k))]);
    return room_.order[k];
  }
  std::size_t at(std::size_t k) const noexcept { return room_.order[k]; }
  bool lock_free(std::size_t i) const noexcept { return channel(i).lock_free(); }

  bool attempt(std::size_t i) noexcept { return proceeded(row(i).direction->attempt(channel(i), row(i).slot)); }

  // In the order of addresses, each channel once.
  void lock() noexcept {
    keep_channels();
    sort_by_address();
    const chan_base<P>* last = nullptr;
    for (std::size_t k = 0; k != size_; ++k) {
      chan_base<P>& c = channel(room_.by_address[k]);
      if (&c != last) c.lock();
      last = &c;
    }
  }
  // When it runs on behalf of a select that sleeps, that may be woken, and wants its locks, from the first unlock on; after the last one
  // all this may be gone.
  void unlock() noexcept {
    waiter* const served = served_;
    chan_base<P>* last = nullptr;
    for (std::size_t k = 0; k != size_; ++k) {
      chan_base<P>& c = channel(room_.by_address[k]);
      if (&c != last && last != nullptr) last->unlock();
      last = &c;
    }
    last->unlock();
    if (served != nullptr) served->wake();
  }
  bool attempt_locked(std::size_t i) noexcept { return proceeded(row(i).direction->attempt_locked(channel(i), row(i).slot, served_)); }
  std::size_t wait_unlocking() {
    arrange();
    for (std::size_t k = 0; k != size_; ++k) enlist_in_list(at(k));
    try {
      claim_->sleeper.wait(*this, why_);
    } catch (const sched::goexit_signal&) {
      leave();
      throw;
    }
    withdraw();
    return served_case();
  }

  void join() noexcept {
    arrange();
    claim_->join();
  }
  // Channel by channel. All cases of one are tried before the first is enlisted: a try must not meet our own other case.
  std::size_t enlist() noexcept {
    sort_by_address();
    for (std::size_t first = 0, end; first != size_; first = end) {
      chan_base<P>& c = channel(room_.by_address[first]);
      end = first + 1;
      while (end != size_ && &channel(room_.by_address[end]) == &c) ++end;
      c.lock();
      std::size_t done = no_case;
      for (std::size_t k = first; k != end && !c.lock_free() && done == no_case; ++k) {
        if (attempt_locked(room_.by_address[k])) done = room_.by_address[k];
      }
      for (std::size_t k = first; k != end && done == no_case; ++k) enlist_in_list(room_.by_address[k]);
      c.unlock();
      if (waiter* const served = std::exchange(served_, nullptr)) served->wake();
      if (done != no_case) return done;
    }
    return no_case;
  }
  std::size_t sleep() {
    struct open : sched::post_action {
      claim* whole;
    };
    open after;
    after.whole = &*claim_;
    after.run = [](sched::post_action& base) noexcept {
      claim* const whole = static_cast<open&>(base).whole;
      if (!whole->opened()) whole->sleeper.wake();  // refused: nobody else will
    };
    try {
      if (!claim_->sleeper.wait_after(after, why_) && claim_->opened()) claim_->sleeper.wait_published_as_thread();
    } catch (const sched::goexit_signal&) {
      leave();
      throw;
    }
    return served_case();
  }
  // Also where nobody is enlisted. The lock is taken even where somebody else took the waiter out: he may look at it still, and whoever
  // unlocks on our behalf (unlock) may not be done.
  void withdraw() noexcept {
    for (std::size_t k = 0; k != size_; ++k) {
      const std::size_t i = at(k);
      if (&waiter_of(i) == claim_->winner()) continue;  // whoever served it was done when he woke us
      chan_base<P>& c = channel(i);
      c.lock();
      c.withdraw(waiter_of(i), row(i).direction->sends);
      c.unlock();
    }
  }

  void yield() {
    sched::worker<P>* const here = P::worker_here();
    if (here != nullptr) {
      sched::yield(*here);
    } else {
      W::yield();
    }
  }
};

}  // namespace stealyard
