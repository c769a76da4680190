// shared_head_ring: a bounded ring; the owner appends at the tail, and everyone, the owner included, takes at the head by CAS.
// Source:     own; Lamport's ring (TSE 1977) with the head shared, as in the local queues of Go's and Tokio's schedulers.
// Progress:   push, probably_empty wait-free; pop, steal, steal_batch lock-free (a lost steal means another take succeeded).
// Deviates:   indices are 64 bits and never wrap, so a CAS on the head has no ABA. A steal may say empty while a push is still in a
//             store buffer, and the owner say full by a head as old: no order of the operations explains both, hence the claim
//             spurious_empty_steal. Sequentially consistent indices would cost every push a locked instruction.
// Invariants: I1 head_ and tail_ never decrease. I2 head_ <= tail_ <= head_ + capacity_. I3 only the owner writes tail_ and the
//             slots. I4 the slot of item i is not written again before the owner saw head_ > i.
// Orders
//   O1  load  tail_ relaxed  -            push: the owner's own word
//   O2  load  head_ acquire  with O10     push: a slot that is free was read by its taker before it is written again
//   O3  store slot  relaxed  -            push: published by O4; a taker that reads it too early loses its CAS
//   O4  store tail_ release  with O6      push: publishes the slot, and what the owner wrote before
//   O5  load  head_ acquire  with O10     take: who sees a head sees the tail its taker saw, so that O6 is not below it
//   O6  load  tail_ acquire  with O4      take: the slots below the tail, and what was written before each push
//   O7  load  tail_ relaxed  -            probably_empty: a hint; for the owner it is its own word
//   O8  load  head_ relaxed  -            probably_empty: an old head looks less empty, never more
//   O9  load  slot  relaxed  -            take: O6 puts it after its own write, O10 before the next one
//   O10 cas   head_ release / relaxed  with O2, O5  take: the slots are read before they are free
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/run_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace stealyard::run_queue {

template <class W, class T>
class shared_head_ring {
  using index = std::uint64_t;

  const std::size_t capacity_;
  const std::size_t mask_;  // slots are a power of two; capacity_ of them are in use
  const std::unique_ptr<atomic<W, T>[]> slots_;
  alignas(line_size) atomic<W, index> head_{0};
  alignas(line_size) atomic<W, index> tail_{0};

  atomic<W, T>& slot(index i) const noexcept { return slots_[static_cast<std::size_t>(i) & mask_]; }

  // Takes the oldest how_many(items inside), 1 at least.
  template <class HowMany>
  outcome take(T* out, std::size_t& taken, HowMany how_many) noexcept {
    index head = head_.load(acquire);        // O5
    const index tail = tail_.load(acquire);  // O6
    if (head == tail) return outcome::empty;
    const std::size_t count = how_many(static_cast<std::size_t>(tail - head));
    for (std::size_t i = 0; i != count; ++i) {
      out[i] = slot(head + i).load(relaxed);  // O9
    }
    if (!head_.compare_exchange_strong(head, head + count, release, relaxed)) return outcome::lost;  // O10
    taken = count;
    return outcome::ok;
  }

 public:
  static constexpr run_queue_claims claims{
      .owner_order = item_order::fifo,
      .steal_order = item_order::fifo,
      .bounded = true,
      .pop_may_lose = false,
      .steal_may_lose = true,
      .spurious_empty_steal = true,
      .push = progress::wait_free,
      .pop = progress::lock_free,
      .steal = progress::lock_free,
  };

  explicit shared_head_ring(std::size_t initial_capacity)
      : capacity_(initial_capacity),
        mask_(std::bit_ceil(initial_capacity) - 1),
        slots_(std::make_unique<atomic<W, T>[]>(std::bit_ceil(initial_capacity))) {
    STEALYARD_ASSERT(initial_capacity >= 1, "a run queue holds at least one item");
  }

  outcome try_push(T item) noexcept {
    const index tail = tail_.load(relaxed);  // O1
    const index head = head_.load(acquire);  // O2
    if (tail - head >= capacity_) return outcome::full;
    slot(tail).store(item, relaxed);  // O3
    tail_.store(tail + 1, release);   // O4
    return outcome::ok;
  }

  outcome try_pop(T& into) noexcept {
    for (;;) {
      const outcome o = try_steal(into);
      if (o != outcome::lost) return o;  // else a thief took one: at most `capacity` times in a row
    }
  }

  outcome try_steal(T& into) noexcept {
    T item;
    std::size_t one;
    const outcome o = take(&item, one, [](std::size_t) { return std::size_t{1}; });
    if (o == outcome::ok) into = item;
    return o;
  }

  outcome try_steal_batch(T* out, std::size_t room, std::size_t& taken) noexcept {
    return take(out, taken, [room](std::size_t inside) { return std::min((inside + 1) / 2, room); });
  }

  bool probably_empty() const noexcept {
    const index tail = tail_.load(relaxed);  // O7
    const index head = head_.load(relaxed);  // O8
    return head >= tail;  // above it where both were looked at too far apart
  }
};

}  // namespace stealyard::run_queue
