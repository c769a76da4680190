// vyukov_mpmc: a bounded ring whose cells carry stamps; a push or pop claims a position, then fills or drains the cell there.
// Source:     Vyukov, "Bounded MPMC queue", 1024cores.net, 2010; positions packed as (lap, index) as in crossbeam's array channel.
// Progress:   blocking: whoever stalls between claim and stamp holds up his cell (the others are told `lost`, they do not wait). No
//             operation waits for another; each loop repeats only after somebody else's claim.
// Deviates:   any capacity from 1 on, exactly: a lap has room for one index more than there are cells, so "filled in this lap"
//             (position + 1) and "free in the next" (position + lap) never collide, as Vyukov's do at 1. No division.
//             closed is the top bit of tail_, so a push claims its position only while the buffer is open, in one step.
//             empty, lost and closed are told apart by the other end's position.
// Invariants: I1 a position is lap * lap_ + index, index < capacity_ < lap_; head_ <= tail_ <= head_ advanced by capacity_ (the top
//             bit aside). I2 the stamp of the cell at index: p (free for the push at p), p + 1 (holds the element of p), then
//             p + lap_. I3 the element is touched only by whoever claimed p (put) and then by whoever claimed it at head_ (take).
//             I4 once set, the top bit stays, and tail_ never changes again.
// Orders
//   V1  load  tail_  seq_cst  with V3, V5    a guess, which V3 checks; but a pusher who has seen tail_ here must also see, by V5,
//                                             whatever pop came before the push that moved it. Relaxed, V5 could miss a pop of that very
//                                             pusher and call the ring full when it never was (2/u/uou); acquire, a pop of a third thread
//                                             that had just found the ring empty (2/u/u/uoo). Both were found by the explorer
//   V2  load  stamp  acquire  with V11        the taker of the lap before is done: his take, and all he did before, come first (CB8)
//   V3  cas   tail_  seq_cst / seq_cst  with V12, V1, V6  claims the position, before a later look at head_ (V5); the element is
//                                             published by V4. Failed: as V1
//   V4  store stamp  release  with V8         publishes the element
//   V5  load  head_  seq_cst  with V9, V1, V6   head_ + lap_ == V1's position: nobody has claimed the element before it, the ring is full.
//                                             Were V3, V5 and V9, V12 weaker, a producer could miss a pop and that consumer the
//                                             push: full and empty at once (store buffering)
//   V6  load  tail_  seq_cst  with V3, V5     was V1's position old, or is a pop in progress? As V1
//   V7  load  head_  seq_cst  with V9, V12    a guess, which V9 checks; as V1, with V12 in V5's place: weaker, the ring is called
//                                             empty when it never was (2/uo/uo)
//   V8  load  stamp  acquire  with V4         the element is there
//   V9  cas   head_  seq_cst / seq_cst  with V5, V7, V10  claims the element, which V8 acquired, before a later look at tail_ (V12).
//                                             Failed: as V7
//   V10 load  head_  seq_cst  with V9, V12    was V7's position old, or is a push in progress? As V7
//   V11 store stamp  release  with V2         the cell is free for the next lap
//   V12 load  tail_  seq_cst  with V3, V13, V7, V10    tail_ == head_: nothing was pushed. If closed: for good, and what the closer
//                                             wrote is visible. A push that came before this call is seen (coherence)
//   V13 fetch_or tail_ acq_rel with V12       the close; no push claims a position after it. Could one consumer see it, take the last
//                                             element and leave a place where another is still told `empty`? That one's V12 missed the
//                                             close, so it comes before the first one's V12 in the order of seq_cst operations, which comes
//                                             before his V7 and V9, and those before the V7 or V10 that found the place: all loads of it
//                                             are seq_cst, and that is enough, whatever the close itself is (C++20; ledger, row V13)
//   V14 load  head_  relaxed  -               length is exact only when nobody is inside
//   V15 load  tail_  relaxed  -               as V14
//   V16 store stamp  relaxed  -               construction is nobody else's
//   V17 load  head_  relaxed  -               destruction is nobody else's
//   V18 load  tail_  relaxed  -               as V17
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/channel_buffer.hpp"

#include <bit>
#include <cstdint>
#include <memory>

namespace stealyard::channel_buffer {

template <class W, class T>
class vyukov_mpmc {
 public:
  static constexpr channel_buffer_claims claims{
      .locking = buffer_locking::internal,
      .who = arity::mpmc,
      .order = item_order::fifo,
      .may_lose = true,
      .spurious_full = false,
      .spurious_empty = false,
      .hand_off = false,
      .push = progress::blocking,
      .pop = progress::blocking,
  };

  explicit vyukov_mpmc(std::size_t capacity)
      : capacity_(capacity), lap_(std::bit_ceil(capacity + 1)), cells_(std::make_unique<cell[]>(capacity)) {
    STEALYARD_ASSERT(capacity >= 1 && capacity <= INT32_MAX, "vyukov_mpmc: a capacity in 1 .. 2^31 - 1");
    for (std::size_t i = 0; i != capacity; ++i) {
      cells_[i].stamp.store(i, relaxed);  // V16
    }
  }

  ~vyukov_mpmc() {
    const std::uint64_t tail = tail_.load(relaxed) & ~closed_bit;  // V18
    std::uint64_t position = head_.load(relaxed);  // V17
    for (; position != tail; position = after(position)) at(position).element.drop();
  }

  STEALYARD_FORCE_INLINE outcome try_push(T& value) noexcept {
    std::uint64_t position = tail_.load(seq_cst);  // V1
    for (;;) {
      if ((position & closed_bit) != 0) [[unlikely]]
        return outcome::closed;
      cell& c = at(position);
      const std::uint64_t stamp = c.stamp.load(acquire);  // V2
      if (stamp == position) [[likely]] {
        if (tail_.compare_exchange_weak(position, after(position), seq_cst, seq_cst)) [[likely]] {  // V3
          c.element.put(std::move(value));
          c.stamp.store(position + 1, release);  // V4
          return outcome::ok;
        }
      } else {
        if (stamp + lap_ == position + 1) {  // the element of the lap before has not been taken out
          const std::uint64_t head = head_.load(seq_cst);  // V5
          if (head + lap_ == position) return outcome::full;
        }
        const std::uint64_t now = tail_.load(seq_cst);  // V6
        if (now == position) return outcome::lost;
        position = now;
      }
    }
  }

  STEALYARD_FORCE_INLINE outcome try_pop(landing<T>& into) noexcept {
    std::uint64_t position = head_.load(seq_cst);  // V7
    for (;;) {
      cell& c = at(position);
      const std::uint64_t stamp = c.stamp.load(acquire);  // V8
      if (stamp == position + 1) [[likely]] {
        if (head_.compare_exchange_weak(position, after(position), seq_cst, seq_cst)) [[likely]] {  // V9
          into.emplace(c.element.take());
          c.stamp.store(position + lap_, release);  // V11
          return outcome::ok;
        }
      } else {
        if (stamp == position) {  // nothing has been put there in this lap
          const std::uint64_t tail = tail_.load(seq_cst);  // V12
          if (tail == position) return outcome::empty;
          if (tail == (position | closed_bit)) return outcome::closed;
        }
        const std::uint64_t now = head_.load(seq_cst);  // V10
        if (now == position) return outcome::lost;
        position = now;
      }
    }
  }

  bool close() noexcept {
    return (tail_.fetch_or(closed_bit, acq_rel) & closed_bit) == 0;  // V13
  }

  std::size_t length() const noexcept {
    const std::uint64_t head = head_.load(relaxed);  // V14
    const std::uint64_t tail = tail_.load(relaxed) & ~closed_bit;  // V15
    const std::uint64_t laps = (tail & ~(lap_ - 1)) - (head & ~(lap_ - 1));
    const auto cells = static_cast<std::int64_t>(laps >> std::countr_zero(lap_)) * static_cast<std::int64_t>(capacity_);
    const auto between = cells + static_cast<std::int64_t>(index(tail)) - static_cast<std::int64_t>(index(head));
    if (between < 0) return 0;  // the two loads are not one: others moved on in between
    return static_cast<std::uint64_t>(between) < capacity_ ? static_cast<std::size_t>(between) : capacity_;
  }

 private:
  struct cell {
    atomic<W, std::uint64_t> stamp;
    plain<W, T> element;
  };
  static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;

  STEALYARD_FORCE_INLINE std::uint64_t index(std::uint64_t position) const noexcept { return position & (lap_ - 1); }
  STEALYARD_FORCE_INLINE cell& at(std::uint64_t position) noexcept { return cells_[index(position)]; }
  STEALYARD_FORCE_INLINE std::uint64_t after(std::uint64_t position) const noexcept {
    return index(position) + 1 == capacity_ ? position + (lap_ - index(position)) : position + 1;
  }

  const std::size_t capacity_;
  const std::uint64_t lap_;
  const std::unique_ptr<cell[]> cells_;
  alignas(line_size) atomic<W, std::uint64_t> head_{0};
  alignas(line_size) atomic<W, std::uint64_t> tail_{0};
};

}  // namespace stealyard::channel_buffer
