// mutex_deque: a ring behind one lock; the owner pushes and pops at the bottom, thieves take the top.
// Source:     ours; the baseline every run queue is weighed against, and the oracle of the deque properties.
// Progress:   blocking, every operation. Amortised O(1); growth copies.
// Deviates:   nothing.
// Invariants: I1 the items are at top_ .. bottom_ - 1, indices modulo the power-of-two capacity. I2 every field but length_ is
//             touched under mutex_ only.
// Orders
//   O1  store length_ relaxed  -  a hint for probably_empty; the owner reads its own last store, thieves may see it late
//   O2  load  length_ relaxed  -  as O1
#pragma once
#include "core/contract/run_queue.hpp"

#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>

namespace stealyard::run_queue {

template <class W, class T>
class mutex_deque {
 public:
  static constexpr run_queue_claims claims{
      .owner_order = item_order::lifo,
      .steal_order = item_order::fifo,
      .steal_may_lose = false,
      .push = progress::blocking,
      .pop = progress::blocking,
      .steal = progress::blocking,
  };

  explicit mutex_deque(std::size_t initial_capacity)
      : capacity_(std::bit_ceil(initial_capacity)), slots_(std::make_unique<T[]>(capacity_)) {}

  outcome try_push(T item) noexcept {
    guard lock(mutex_);
    if (bottom_ - top_ == capacity_) grow();
    at(bottom_++) = item;
    note_length();
    return outcome::ok;
  }

  outcome try_pop(T& into) noexcept {
    guard lock(mutex_);
    if (bottom_ == top_) return outcome::empty;
    into = at(--bottom_);
    note_length();
    return outcome::ok;
  }

  outcome try_steal(T& into) noexcept {
    guard lock(mutex_);
    if (bottom_ == top_) return outcome::empty;
    into = at(top_++);
    note_length();
    return outcome::ok;
  }

  bool probably_empty() const noexcept {
    return length_.load(relaxed) == 0;  // O2
  }

 private:
  using guard = std::lock_guard<typename W::mutex>;

  T& at(std::uint64_t index) noexcept { return slots_[index & (capacity_ - 1)]; }

  void note_length() noexcept {
    length_.store(bottom_ - top_, relaxed);  // O1
  }

  void grow() {
    auto larger = std::make_unique<T[]>(capacity_ * 2);
    for (std::uint64_t i = top_; i != bottom_; ++i) larger[i & (capacity_ * 2 - 1)] = at(i);
    slots_ = std::move(larger);
    capacity_ *= 2;
  }

  typename W::mutex mutex_;
  std::uint64_t top_ = 0;
  std::uint64_t bottom_ = 0;
  std::size_t capacity_;
  std::unique_ptr<T[]> slots_;
  alignas(line_size) atomic<W, std::uint64_t> length_{0};
};

}  // namespace stealyard::run_queue
