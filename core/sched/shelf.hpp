// shelf: the idle memory of a kind that one owner keeps at hand, newest first: an array of addresses, not a list through the memory itself.
// Where a million are in use, none of it is in any cache: an address here is known without a miss, so that what comes next can be
// prefetched, and handing a batch on reads nothing of it.
// Source:     magazines, Bonwick and Adams, USENIX 2001.
// Progress:   wait-free; one owner, no atomics. spill O(Room).
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

namespace stealyard::sched {

template <class T, std::uint32_t Room>
class shelf {
 public:
  static constexpr std::uint32_t foresight = 8;  // takes: while so many others are used, what is prefetched arrives

  shelf() noexcept { std::fill(std::begin(at_), std::end(at_), static_cast<T*>(static_cast<void*>(at_))); }
  shelf(const shelf&) = delete;
  shelf& operator=(const shelf&) = delete;

  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t count() const noexcept { return count_; }

  // Not of an empty one.
  T& take() noexcept { return *at_[foresight + --count_]; }
  // Not into a full one. True: now it is full, and must spill.
  bool put(T& x) noexcept {
    at_[foresight + count_] = &x;
    return ++count_ == Room;
  }

  // What will be taken foresight takes after the last one taken, if nothing is put meanwhile: to be prefetched. Near the end any address
  // that was here once, or the shelf's own: never to be read.
  const T* soon() const noexcept { return at_[count_]; }

  // `fill(T** into)` says how many it stored; of an empty one.
  template <class Fill>
  void refill(Fill&& fill) noexcept(noexcept(fill(static_cast<T**>(nullptr)))) {
    count_ = fill(at_ + foresight);
  }
  // `give(span)` is handed the n oldest.
  template <class Give>
  void spill(std::uint32_t n, Give&& give) noexcept {
    T** const oldest = at_ + foresight;
    give(std::span<T* const>(oldest, n));
    std::copy(oldest + n, oldest + count_, oldest);
    count_ -= n;
  }

 private:
  std::uint32_t count_ = 0;
  T* at_[foresight + Room];
};

}  // namespace stealyard::sched
