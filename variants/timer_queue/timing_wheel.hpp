// timing_wheel: the pending timers in eight wheels of 64 slots, each slot as long as a whole turn of the wheel below it.
// Source:     Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 7; slots found by a bit set a wheel.
// Progress:   blocking, by the worker's timer lock. insert and erase O(1), pop amortised O(levels), earliest O(levels); never allocates.
// Deviates:   a timer's slot is chosen by the highest digit in which its tick and the wheel's differ, so that no slot holds two turns.
// Invariants: I1 a timer in slot d of wheel l has a tick that equals elapsed_ in every digit above l, and digit l = d > elapsed_'s.
//             I2 a timer in due_ has a tick <= elapsed_. I3 bit d of occupied_[l] is set exactly while slot d of wheel l is not empty.
//             I4 least_due_ <= the `when` of every timer in due_. I5 no timer's tick begins before its `when`, but for the last tick.
// Orders
//   none: no atomic operation
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/timer_queue.hpp"

#include <algorithm>
#include <bit>

namespace stealyard::timer_queue {

template <class Timer>
class timing_wheel {
  static constexpr unsigned tick_bits = 16;  // 65.5 us: about what a sleeping worker takes to wake up anyway
  static constexpr unsigned digit_bits = 6;
  static constexpr unsigned slots = 1u << digit_bits;
  static constexpr unsigned levels = 8;  // 48 bits of ticks: every time there is

 public:
  // The price of O(1): within a tick timers come in any order, and each up to a tick late.
  static constexpr timer_queue_claims claims{
      .ordered = false,
      .resolution = nanoseconds_t{1} << tick_bits,
  };

  timing_wheel() = default;
  timing_wheel(const timing_wheel&) = delete;
  timing_wheel& operator=(const timing_wheel&) = delete;

  void insert(Timer& t) noexcept {
    STEALYARD_ASSERT(t.position == outside, "timing_wheel: a timer is inserted that is inside a queue already");
    ++size_;
    place(t);
  }

  bool erase(Timer& t) noexcept {
    if (t.position == outside) return false;
    STEALYARD_ASSERT(t.position <= due_list, "timing_wheel: erase of another queue's timer");
    take_out(t);
    return true;
  }

  Timer* pop_due(nanoseconds_t now) noexcept {
    advance(tick_of(now));
    nanoseconds_t least = never;
    for (timer_hook* t = due_.first; t != nullptr; t = t->next) {
      if (t->when <= now) {  // the first is, unless the last tick of all is reached, or time went backwards
        take_out(*t);
        return static_cast<Timer*>(t);
      }
      least = std::min(least, t->when);
    }
    least_due_ = least;
    return nullptr;
  }

  nanoseconds_t earliest() const noexcept {
    if (due_.first != nullptr) return least_due_;
    const unsigned level = lowest_occupied();
    return level == levels ? never : time_of(first_slot_of(level));
  }
  std::size_t size() const noexcept { return size_; }

 private:
  using tick_t = std::uint64_t;
  static constexpr std::size_t outside = SIZE_MAX;
  static constexpr std::size_t due_list = std::size_t{levels} * slots;
  static constexpr tick_t last_tick = static_cast<tick_t>(never) >> tick_bits;

  // Linked both ways; first->prev is the last, so that appending needs no second word.
  struct list {
    timer_hook* first = nullptr;

    void append(timer_hook& t) noexcept {
      t.next = nullptr;
      if (first == nullptr) {
        first = t.prev = &t;
        return;
      }
      t.prev = first->prev;
      first->prev->next = &t;
      first->prev = &t;
    }
    void unlink(timer_hook& t) noexcept {
      if (t.next != nullptr) {
        t.next->prev = t.prev;
      } else {
        first->prev = t.prev;
      }
      (&t == first ? first : t.prev->next) = t.next;
    }
  };

  static tick_t tick_of(nanoseconds_t when) noexcept { return when <= 0 ? 0 : static_cast<tick_t>(when) >> tick_bits; }
  // The first tick that begins at `when` or later.
  static tick_t expiry_of(nanoseconds_t when) noexcept {
    return when <= 0 ? 0 : std::min(((static_cast<tick_t>(when) - 1) >> tick_bits) + 1, last_tick);
  }
  static nanoseconds_t time_of(tick_t tick) noexcept { return static_cast<nanoseconds_t>(tick << tick_bits); }
  static unsigned digit(tick_t tick, unsigned level) noexcept { return (tick >> (level * digit_bits)) % slots; }

  unsigned lowest_occupied() const noexcept {
    unsigned level = 0;
    while (level != levels && occupied_[level] == 0) ++level;
    return level;
  }
  // When the first slot of a wheel that is not empty begins (I1: it lies ahead in this turn).
  tick_t first_slot_of(unsigned level) const noexcept {
    const unsigned above = (level + 1) * digit_bits;
    const auto slot = static_cast<tick_t>(std::countr_zero(occupied_[level]));
    return (elapsed_ >> above << above) | (slot << (level * digit_bits));
  }

  void place(timer_hook& t) noexcept {
    const tick_t tick = expiry_of(t.when);
    if (tick <= elapsed_) {
      if (due_.first == nullptr) least_due_ = never;
      least_due_ = std::min(least_due_, t.when);
      t.position = due_list;
      due_.append(t);
      return;
    }
    const unsigned level = (static_cast<unsigned>(std::bit_width(tick ^ elapsed_)) - 1) / digit_bits;
    const unsigned slot = digit(tick, level);
    t.position = std::size_t{level} * slots + slot;
    slots_[t.position].append(t);
    occupied_[level] |= std::uint64_t{1} << slot;
  }

  void take_out(timer_hook& t) noexcept {
    const std::size_t at = t.position;
    t.position = outside;
    --size_;
    if (at == due_list) return due_.unlink(t);
    slots_[at].unlink(t);
    if (slots_[at].first == nullptr) occupied_[at / slots] &= ~(std::uint64_t{1} << at % slots);
  }

  // Every slot that begins by `now` is emptied into lower wheels, or into due_.
  void advance(tick_t now) noexcept {
    if (now <= elapsed_) return;
    for (unsigned level = lowest_occupied(); level != levels; level = lowest_occupied()) {
      const tick_t begin = first_slot_of(level);
      if (begin > now) break;
      elapsed_ = begin;  // before the timers are placed again: I1 is relative to it
      const unsigned slot = digit(begin, level);
      occupied_[level] &= ~(std::uint64_t{1} << slot);
      timer_hook* t = slots_[std::size_t{level} * slots + slot].first;
      slots_[std::size_t{level} * slots + slot].first = nullptr;
      while (t != nullptr) {
        timer_hook* const after = t->next;
        place(*t);
        t = after;
      }
    }
    elapsed_ = now;  // keeps I1: no slot begins between
  }

  list slots_[std::size_t{levels} * slots];
  list due_;
  std::uint64_t occupied_[levels] = {};
  tick_t elapsed_ = 0;
  nanoseconds_t least_due_ = never;
  std::size_t size_ = 0;
};

}  // namespace stealyard::timer_queue
