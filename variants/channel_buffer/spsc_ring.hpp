// spsc_ring: one producer, one consumer; each keeps its own index and a remembered copy of the other's.
// Source:     Lamport, CACM 1977 (the ring without locks); remembered indices after Lee, Bu, Chandranmenon, ANCS 2010 (MCRingBuffer).
// Progress:   push wait-free; pop too until somebody closes: then a push inside holds it up. No locked instruction; a line moves between
//             the two only when a copy has run out. close costs a heavy fence (8 to 14 us beside a running peer), waits for nobody.
// Deviates:   it closes, and anyone may do it, at any moment of a push. The producer says that it is inside (S1) and then looks whether
//             somebody closes (S2); the closer says so (S10), makes every thread pass a full fence, and only then calls the buffer
//             closed (S11). So a push either saw it, or is seen inside by the consumer, who then says lost, not closed.
//             The price is two stores to the producer's own line and one load of a line that is written once.
// Invariants: I1 head_ <= tail_ <= head_ + capacity_; head_ is written by the consumer only, tail_ by the producer only.
//             I2 head_seen_ <= head_ (producer's), tail_seen_ <= tail_ (consumer's). I3 push_at_ is tail_ modulo capacity_, pop_at_
//             head_ modulo capacity_. I4 the element of position p is touched by the producer until tail_ > p, then by the
//             consumer until head_ > p. I5 once is_closed_, a push that is outside will be told closed.
//             full and empty may be stale (spurious_full, spurious_empty): both sides merely acquire. A channel's waiter fences, then
//             looks again (core/go/chan_core.hpp), which is all that it takes.
// Orders
//   S1  store inside_    relaxed  with S10 through the fences   the producer announces itself, then looks
//   S2  load  closing_   relaxed  with S10 through the fences   it saw the closer, or the consumer will see it
//   S3  load  tail_      relaxed  -           the producer's own last store
//   S4  load  head_      acquire  with S9     the consumer took the elements out: their cells are free (CB8)
//   S5  store tail_      release  with S8     publishes the element
//   S6  store inside_    release  with S13    outside; who sees this sees S5
//   S7  load  head_      relaxed  -           the consumer's own last store
//   S8  load  tail_      acquire  with S5     the element is there
//   S9  store head_      release  with S4     the cell is free
//   S10 exchange closing_ relaxed with S1, S2 through the fences   of several closers one wins
//   S11 store is_closed_ release  with S12    no push that missed S10 is still unseen, and the closer's own writes come along (CB8). No
//                                             instrument kills it relaxed: a full fence stands before it, and releases as much
//   S12 load  is_closed_ acquire  with S11
//   S13 load  inside_    acquire  with S6     nobody inside: every push that there was is in tail_
//   S14 load  tail_      relaxed  -           S13 made it the last one, or a newer push told closed changed nothing
//   S15 load  head_      relaxed  -           length is exact only when nobody is inside
//   S16 load  tail_      relaxed  -           as S15
//   S17 load  inside_    relaxed  -           a second producer, caught in the act
//   S20 load  closing_   relaxed  -           the room may be a pop's that came after close: S4 acquired what that consumer knew
//   S18 load  head_      relaxed  -           destruction is nobody else's
//   S19 load  tail_      relaxed  -           as S18
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/channel_buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace stealyard::channel_buffer {

template <class W, class T>
class spsc_ring {
 public:
  static constexpr channel_buffer_claims claims{
      .locking = buffer_locking::internal,
      .who = arity::spsc,
      .order = item_order::fifo,
      .may_lose = true,
      .spurious_full = true,
      .spurious_empty = true,
      .hand_off = false,
      .push = progress::wait_free,
      .pop = progress::blocking,
  };

  explicit spsc_ring(std::size_t capacity) : capacity_(capacity), cells_(std::make_unique<plain<W, T>[]>(capacity)) {
    STEALYARD_ASSERT(capacity >= 1 && capacity <= INT32_MAX, "spsc_ring: a capacity in 1 .. 2^31 - 1");
  }

  ~spsc_ring() {
    std::uint64_t left = tail_.load(relaxed);  // S19
    left -= head_.load(relaxed);               // S18
    for (; left != 0; --left) cells_[step(pop_at_)].drop();
  }

  STEALYARD_FORCE_INLINE outcome try_push(T& value) noexcept {
    STEALYARD_ASSERT(inside_.load(relaxed) == 0, "spsc_ring: two producers");  // S17
    inside_.store(1u, relaxed);                                                // S1
    W::light_fence();
    const outcome done = push_inside(value);
    inside_.store(0u, release);  // S6
    return done;
  }

  STEALYARD_FORCE_INLINE outcome try_pop(landing<T>& into) noexcept {
    const std::uint64_t head = head_.load(relaxed);  // S7
    if (head == tail_seen_) [[unlikely]] {
      tail_seen_ = tail_.load(acquire);  // S8
      if (head == tail_seen_) {
        const outcome none = look_for_close(head);
        if (none != outcome::ok) return none;
      }
    }
    into.emplace(cells_[step(pop_at_)].take());
    head_.store(head + 1, release);  // S9
    return outcome::ok;
  }

  bool close() noexcept {
    if (closing_.exchange(1u, relaxed) != 0) return false;  // S10
    W::heavy_fence();
    is_closed_.store(1u, release);  // S11
    return true;
  }

  std::size_t length() const noexcept {
    const std::uint64_t head = head_.load(relaxed);  // S15
    const std::uint64_t tail = tail_.load(relaxed);  // S16
    return tail < head ? 0 : static_cast<std::size_t>(std::min(tail - head, capacity_));
  }

 private:
  // The place to use now; moves on. A compare, not a division: the capacity is exact, hence seldom a power of two.
  STEALYARD_FORCE_INLINE std::uint64_t step(std::uint64_t& at) noexcept {
    const std::uint64_t now = at;
    at = now + 1 == capacity_ ? 0 : now + 1;
    return now;
  }

  STEALYARD_FORCE_INLINE outcome push_inside(T& value) noexcept {
    const bool closing = closing_.load(relaxed) != 0;  // S2
    if (closing) [[unlikely]]
      return outcome::closed;
    const std::uint64_t tail = tail_.load(relaxed);  // S3
    if (tail - head_seen_ == capacity_) [[unlikely]] {
      head_seen_ = head_.load(acquire);  // S4
      if (tail - head_seen_ == capacity_) return outcome::full;
      if (closing_.load(relaxed) != 0) return outcome::closed;  // S20
    }
    cells_[step(push_at_)].put(std::move(value));
    tail_.store(tail + 1, release);  // S5
    return outcome::ok;
  }

  // ok: there is an element after all.
  [[gnu::noinline]] outcome look_for_close(std::uint64_t head) noexcept {
    if (is_closed_.load(acquire) == 0) return outcome::empty;  // S12
    if (inside_.load(acquire) != 0) return outcome::lost;      // S13
    tail_seen_ = tail_.load(relaxed);                          // S14
    return head == tail_seen_ ? outcome::closed : outcome::ok;
  }

  const std::uint64_t capacity_;
  const std::unique_ptr<plain<W, T>[]> cells_;
  atomic<W, std::uint32_t> closing_{0};    // read by every push, written once
  atomic<W, std::uint32_t> is_closed_{0};
  // The producer's line: nobody else reads it while the buffer is open.
  alignas(line_size) atomic<W, std::uint32_t> inside_{0};
  std::uint64_t head_seen_ = 0;
  std::uint64_t push_at_ = 0;
  alignas(line_size) atomic<W, std::uint64_t> tail_{0};
  // The consumer's.
  alignas(line_size) std::uint64_t tail_seen_ = 0;
  std::uint64_t pop_at_ = 0;
  alignas(line_size) atomic<W, std::uint64_t> head_{0};
};

}  // namespace stealyard::channel_buffer
