// two_lock_queue: a bounded ring with a lock at each end: pushers and poppers do not wait for each other.
// Source:     Michael and Scott, PODC 1996, figure 2 (the two-lock queue), as an array.
// Progress:   push, pop, close blocking, by a short lock an end; length wait-free.
// Deviates:   an array with exactly `capacity` elements instead of a list with a dummy node, so that both ends look at both
//             indices; close, which the paper does not have, is a bit beside the tail's index.
// Invariants: I1 only the holder of push_lock_ writes tail_, only the holder of pop_lock_ writes head_. I2 head <= tail <= head + capacity.
//             I3 the cells of [head, tail) hold an element, the others none. I4 once the tail is closed it never changes.
// Orders
//   O1  load  tail_ relaxed  -        push: its writers held the lock that we hold
//   O2  load  head_ seq_cst  with O6  push: the cell was emptied before it is filled again, and what its taker did before
//   O3  store tail_ seq_cst  with O5, O9  push: publishes the element
//   O4  load  head_ relaxed  -        pop: its writers held the lock that we hold
//   O5  load  tail_ seq_cst  with O3, O7  pop: the element; closed and no element is the last word (I4)
//   O6  store head_ seq_cst  with O2, O8  pop: gives the cell back
//   O7  fetch_or tail_ release  with O5  close: what the closer did before, to whoever is told closed
//   O8  load  head_ acquire  with O6  length: shows the tail that the popper saw, so that O9 is not below it
//   O9  load  tail_ acquire  with O3  length: an element that is counted can be taken
//   O10 load  head_ relaxed  -        destructor: nobody else is here
//   O11 load  tail_ relaxed  -        destructor: nobody else is here
//   O2, O3, O5 and O6 are in one total order, else a pusher and a popper, each with its own store still on the way, could say full and
//   empty of the same queue (store buffering), which no order of the operations explains.
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/channel_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace stealyard::channel_buffer {

template <class W, class T>
class two_lock_queue {
  // The tail's index and the closed bit are one word: a pop decides between empty and closed by one look.
  static constexpr std::uint64_t closed = 1;
  static constexpr std::uint64_t one = 2;
  static std::uint64_t index_of(std::uint64_t tail) noexcept { return tail >> 1; }

  // Released on every way out.
  class holding {
    typename W::mutex& lock_;

   public:
    explicit holding(typename W::mutex& lock) noexcept : lock_(lock) { lock_.lock(); }
    ~holding() { lock_.unlock(); }
    holding(const holding&) = delete;
    holding& operator=(const holding&) = delete;
  };

  const std::size_t capacity_;
  const std::size_t mask_;  // cells are a power of two; capacity_ of them hold an element at a time
  const std::unique_ptr<plain<W, T>[]> cells_;
  alignas(line_size) typename W::mutex push_lock_;
  atomic<W, std::uint64_t> tail_{0};
  alignas(line_size) typename W::mutex pop_lock_;
  atomic<W, std::uint64_t> head_{0};

  plain<W, T>& cell(std::uint64_t i) const noexcept { return cells_[static_cast<std::size_t>(i) & mask_]; }

 public:
  static constexpr channel_buffer_claims claims{
      .locking = buffer_locking::internal,
      .who = arity::mpmc,
      .order = item_order::fifo,
      .may_lose = false,
      .spurious_full = false,
      .spurious_empty = false,
      .hand_off = false,
      .push = progress::blocking,
      .pop = progress::blocking,
  };

  explicit two_lock_queue(std::size_t capacity)
      : capacity_(capacity),
        mask_(std::bit_ceil(capacity) - 1),
        cells_(std::make_unique_for_overwrite<plain<W, T>[]>(std::bit_ceil(capacity))) {
    STEALYARD_ASSERT(capacity >= 1, "a channel buffer holds at least one element");
  }
  two_lock_queue(const two_lock_queue&) = delete;
  two_lock_queue& operator=(const two_lock_queue&) = delete;

  ~two_lock_queue() {
    const std::uint64_t head = head_.load(relaxed);  // O10
    const std::uint64_t tail = tail_.load(relaxed);  // O11
    for (std::uint64_t i = head; i != index_of(tail); ++i) cell(i).drop();
  }

  outcome try_push(T& value) noexcept {
    const holding held(push_lock_);
    const std::uint64_t tail = tail_.load(relaxed);  // O1
    if ((tail & closed) != 0) return outcome::closed;
    const std::uint64_t head = head_.load(seq_cst);  // O2
    if (index_of(tail) - head == capacity_) return outcome::full;
    cell(index_of(tail)).put(std::move(value));
    tail_.store(tail + one, seq_cst);  // O3
    return outcome::ok;
  }

  outcome try_pop(landing<T>& into) noexcept {
    const holding held(pop_lock_);
    const std::uint64_t head = head_.load(relaxed);  // O4
    const std::uint64_t tail = tail_.load(seq_cst);  // O5
    if (index_of(tail) == head) return (tail & closed) != 0 ? outcome::closed : outcome::empty;
    into.emplace(cell(head).take());
    head_.store(head + 1, seq_cst);  // O6
    return outcome::ok;
  }

  bool close() noexcept {
    const holding held(push_lock_);
    return (tail_.fetch_or(closed, release) & closed) == 0;  // O7
  }

  std::size_t length() const noexcept {
    const std::uint64_t head = head_.load(acquire);  // O8
    const std::uint64_t tail = tail_.load(acquire);  // O9
    return static_cast<std::size_t>(std::min<std::uint64_t>(index_of(tail) - head, capacity_));
  }
};

}  // namespace stealyard::channel_buffer
