// mutex_ring: a ring of exactly `capacity` cells and a closed flag, without a lock of its own: the channel's covers it.
// Source:     ours; the buffer part of Go's hchan (runtime/chan.go, Go 1.24), the oracle every other buffer is compared with.
// Progress:   blocking, by the channel's lock; every operation is a few plain instructions under it.
// Deviates:   nothing.
// Invariants: I1 the elements are in the count_ cells from first_ on, wrapping at capacity_; every other cell is empty.
//             I2 every member is touched under the channel's lock only; so hand-off is the channel's to keep, and it can.
// Orders
//   none: no atomic operation
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/channel_buffer.hpp"

#include <cstdint>
#include <memory>

namespace stealyard::channel_buffer {

template <class W, class T>
class mutex_ring {
 public:
  static constexpr channel_buffer_claims claims{
      .locking = buffer_locking::external,
      .who = arity::mpmc,
      .order = item_order::fifo,
      .may_lose = false,
      .spurious_full = false,
      .spurious_empty = false,
      .hand_off = true,
      .push = progress::blocking,
      .pop = progress::blocking,
  };

  explicit mutex_ring(std::size_t capacity)
      : capacity_(static_cast<std::uint32_t>(capacity)), cells_(std::make_unique<plain<W, T>[]>(capacity)) {
    STEALYARD_ASSERT(capacity >= 1 && capacity <= INT32_MAX, "mutex_ring: a capacity in 1 .. 2^31 - 1");
  }

  ~mutex_ring() {
    while (count_ != 0) {
      cells_[first_].drop();
      first_ = after(first_);
      --count_;
    }
  }

  STEALYARD_FORCE_INLINE outcome try_push(T& value) noexcept {
    if (closed_) return outcome::closed;
    if (count_ == capacity_) return outcome::full;
    cells_[next_].put(std::move(value));
    next_ = after(next_);
    ++count_;
    return outcome::ok;
  }

  STEALYARD_FORCE_INLINE outcome try_pop(landing<T>& into) noexcept {
    if (count_ == 0) return closed_ ? outcome::closed : outcome::empty;
    into.emplace(cells_[first_].take());
    first_ = after(first_);
    --count_;
    return outcome::ok;
  }

  bool close() noexcept { return !std::exchange(closed_, true); }

  STEALYARD_FORCE_INLINE std::size_t length() const noexcept { return count_; }

 private:
  // A compare, not a division: the capacity is exact, hence seldom a power of two.
  STEALYARD_FORCE_INLINE std::uint32_t after(std::uint32_t cell) const noexcept { return cell + 1 == capacity_ ? 0 : cell + 1; }

  const std::uint32_t capacity_;
  std::uint32_t count_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t next_ = 0;  // the cell after the last element
  bool closed_ = false;
  const std::unique_ptr<plain<W, T>[]> cells_;
};

}  // namespace stealyard::channel_buffer
