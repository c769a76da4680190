// go_runq: a bounded ring; the owner pushes at the tail and takes the oldest at the head, where thieves take too, half at a time.
// Source:     Go's runtime/proc.go: runqput, runqget, runqgrab, runqsteal (Go 1.24; the ring is Vyukov's of Go 1.1, 2012).
// Progress:   push wait-free; pop lock-free (it repeats only after a thief's success); steal and batch steal lock-free.
// Deviates:   runnext is the scheduler's next slot, for every run queue alike, and a full ring spills by the scheduler's hand
//             (decision 0020): what stays here is the ring. Indices have 64 bits, so that a thief which slept through 2^32 pushes does
//             not take Go's head for unchanged. push looks at head_ only when the ring looks full (Go: always). A thief that
//             loses says so; Go's tries again. empty and full are exact (RQ6, RQ7): Go's thief may miss a push it raced with.
// Invariants: I1 head_ and tail_ never decrease; only a successful compare-exchange moves head_, only the owner tail_.
//             I2 items are at head_ .. tail_ - 1, at most capacity_ of them. I3 a slot is overwritten only by a push that saw head_
//             beyond its index. I4 head_seen_ <= head_.
//             A thief copies first and claims afterwards: while head_ stands, I3 keeps the slots as they are, and if it does not, the
//             claim fails (claimed first, a slot may be overwritten before it is read: bugs/go_runq.claim_before_copy).
//             Why full and empty agree: an owner told full ran G4, then read head_ (G5); a thief told empty read tail_ (G11) after
//             its earlier takes (G13). If G5 missed such a take and G11 a push before G4, then G5, G13, G11, G4, G5 would follow each
//             other in a circle of the order of seq_cst operations.
// Orders
//   G1  load  tail_ relaxed  -             the owner's own last store
//   G2  store slot  relaxed  -             published by G3; a thief that reads it too early or too late loses its G13
//   G3  store tail_ release  with G11      publishes the slot, and what the owner wrote before the push
//   G4  fetch_add tail_ seq_cst  with G11  adds nothing: a store of tail_ that comes before G5 in the order of seq_cst operations
//   G5  load  head_ seq_cst  with G13      no take that came before a thief's empty stays unseen; and a thief's read of a slot comes
//                                          before the owner's store over it (I3)
//   G6  load  head_ relaxed  -             a guess: G9 checks it. At tail_ it proves the ring empty
//   G7  load  tail_ relaxed  -             the owner's own last store
//   G8  load  slot  relaxed  -             only the owner writes slots
//   G9  cas   head_ release / relaxed  with G10  takes the oldest. A thief that sees it sees what was pushed before it, and does not call
//                                          empty a ring that never was
//   G10 load  head_ acquire  with G9, G13  a tail_ (G11) as new as this head_
//   G11 load  tail_ seq_cst  with G3, G4   acquires the slots; after this thief's own G13 in the order of seq_cst operations
//   G12 load  slot  relaxed  -             G11 acquired it; a slot overwritten meanwhile fails G13
//   G13 cas   head_ seq_cst / relaxed  with G5, G10   takes one item, or half of them; fails if anyone took one first
//   G14 load  head_ relaxed  -             a hint; for the owner a lower bound
//   G15 load  tail_ relaxed  -             a hint; for the owner exact
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/run_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

namespace stealyard::run_queue {

template <class W, class T>
class go_runq {
 public:
  static constexpr run_queue_claims claims{
      .owner_order = item_order::fifo,
      .steal_order = item_order::fifo,
      .bounded = true,
      .pop_may_lose = false,
      .steal_may_lose = true,
      .spurious_empty_steal = false,
      .push = progress::wait_free,
      .pop = progress::lock_free,
      .steal = progress::lock_free,
  };

  explicit go_runq(std::size_t capacity)
      : capacity_(static_cast<std::int64_t>(capacity)),
        mask_(static_cast<std::int64_t>(std::bit_ceil(capacity)) - 1),
        slots_(std::make_unique<atomic<W, T>[]>(std::bit_ceil(capacity))) {
    STEALYARD_ASSERT(capacity >= 1 && capacity <= std::size_t{1} << 30, "go_runq: a capacity in 1 .. 2^30");
  }

  STEALYARD_FORCE_INLINE outcome try_push(T item) noexcept {
    const std::int64_t tail = tail_.load(relaxed);  // G1
    if (tail - head_seen_ >= capacity_) [[unlikely]] {
      if (!has_room(tail)) return outcome::full;
    }
    at(tail).store(item, relaxed);   // G2
    tail_.store(tail + 1, release);  // G3
    return outcome::ok;
  }

  STEALYARD_FORCE_INLINE outcome try_pop(T& into) noexcept {
    std::int64_t head = head_.load(relaxed);        // G6
    const std::int64_t tail = tail_.load(relaxed);  // G7
    while (head != tail) {
      const T item = at(head).load(relaxed);  // G8
      if (head_.compare_exchange_weak(head, head + 1, release, relaxed)) [[likely]] {  // G9
        into = item;
        return outcome::ok;
      }
    }
    return outcome::empty;
  }

  outcome try_steal(T& into) noexcept {
    T item;
    std::size_t taken = 0;
    const outcome got = take_oldest(&item, 1, taken);
    if (got == outcome::ok) into = item;
    return got;
  }

  // Half of the items, rounded up, by one compare-exchange.
  outcome try_steal_batch(T* out, std::size_t room, std::size_t& taken) noexcept { return take_oldest(out, room, taken); }

  STEALYARD_FORCE_INLINE bool probably_empty() const noexcept {
    const std::int64_t head = head_.load(relaxed);  // G14
    return head >= tail_.load(relaxed);             // G15
  }

 private:
  STEALYARD_FORCE_INLINE atomic<W, T>& at(std::int64_t index) noexcept { return slots_[static_cast<std::size_t>(index & mask_)]; }

  // By the owner, when the ring looks full.
  [[gnu::noinline]] bool has_room(std::int64_t tail) noexcept {
    tail_.fetch_add(0, seq_cst);         // G4
    head_seen_ = head_.load(seq_cst);    // G5
    return tail - head_seen_ < capacity_;
  }

  STEALYARD_FORCE_INLINE outcome take_oldest(T* out, std::size_t room, std::size_t& taken) noexcept {
    std::int64_t head = head_.load(acquire);          // G10
    const std::int64_t inside = tail_.load(seq_cst) - head;  // G11
    if (inside <= 0) return outcome::empty;
    if (inside > capacity_) return outcome::lost;  // head_ moved on between G10 and G11
    const std::int64_t count = std::min(inside - inside / 2, static_cast<std::int64_t>(room));
    for (std::int64_t i = 0; i != count; ++i) {
      out[i] = at(head + i).load(relaxed);  // G12
    }
    if (!head_.compare_exchange_strong(head, head + count, seq_cst, relaxed)) return outcome::lost;  // G13
    taken = static_cast<std::size_t>(count);
    return outcome::ok;
  }

  // The owner's line, which thieves read; then the one they all write.
  alignas(line_size) const std::int64_t capacity_;
  const std::int64_t mask_;  // slots - 1, the slots a power of two
  const std::unique_ptr<atomic<W, T>[]> slots_;
  atomic<W, std::int64_t> tail_{0};
  std::int64_t head_seen_ = 0;  // spares push a look at the thieves' line
  alignas(line_size) atomic<W, std::int64_t> head_{0};
};

}  // namespace stealyard::run_queue
