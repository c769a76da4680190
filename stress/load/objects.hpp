// objects: the sequential objects that histories are checked against, with steps that can be taken back.
//
// An object has: bool step(const operation&), false and unchanged if the result is not legal now; void undo(const operation&), the last
// step; bool observes(const operation&), whether a step of it changes nothing; std::uint64_t key(), of its state; `fifo`, whether
// elements leave in the order they entered.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/contract/run_queue.hpp"
#include "stress/load/linearize.hpp"

#include <vector>

namespace stealyard::load {

// Items in a row; each keeps its position for good, so that the key is a sum that every step adjusts.
class row_of_items {
  std::vector<std::uint32_t> items_;  // items_[first_ .. last_) are inside
  std::size_t first_ = 0, last_ = 0;
  std::vector<std::uint32_t> overwritten_;  // by pushes, for undo
  std::uint64_t key_ = 0;

  static std::uint64_t hash(std::size_t at, std::uint32_t item) noexcept { return mixed((std::uint64_t{at} << 32) + item + 1); }

 public:
  std::size_t size() const noexcept { return last_ - first_; }
  std::uint64_t key() const noexcept { return key_ + mixed(first_ * 2 + 1); }
  std::uint32_t newest() const noexcept { return items_[last_ - 1]; }
  std::uint32_t oldest() const noexcept { return items_[first_]; }
  std::uint32_t operator[](std::size_t i) const noexcept { return items_[first_ + i]; }

  void push(std::uint32_t item) {
    if (last_ == items_.size()) items_.push_back(0);
    overwritten_.push_back(items_[last_]);
    items_[last_] = item;
    key_ += hash(last_, item);
    ++last_;
  }
  void undo_push() noexcept {
    --last_;
    key_ -= hash(last_, items_[last_]);
    items_[last_] = overwritten_.back();
    overwritten_.pop_back();
  }
  void take_newest() noexcept {
    --last_;
    key_ -= hash(last_, items_[last_]);
  }
  void undo_take_newest() noexcept {
    key_ += hash(last_, items_[last_]);
    ++last_;
  }
  void take_oldest() noexcept {
    key_ -= hash(first_, items_[first_]);
    ++first_;
  }
  void undo_take_oldest() noexcept {
    --first_;
    key_ += hash(first_, items_[first_]);
  }
};

// `lost` and what is claimed to be spurious says nothing, and is left out of the history before.
class sequential_run_queue {
  run_queue_claims claims_;
  std::size_t capacity_;
  row_of_items items_;

  item_order order_of(const operation& o) const noexcept { return o.what == verb::pop ? claims_.owner_order : claims_.steal_order; }

 public:
  // Only the owner pushes: the order of pushes is known, and there is nothing to be clever about.
  static constexpr bool fifo = false;
  sequential_run_queue(const run_queue_claims& claims, std::size_t capacity) : claims_(claims), capacity_(capacity) {}

  static bool observes(const operation& o) noexcept { return o.result != outcome::ok; }
  std::uint64_t key() const noexcept { return items_.key(); }
  bool step(const operation& o) {
    const bool is_full = claims_.bounded && items_.size() == capacity_;
    if (o.result == outcome::full) return is_full;
    if (o.result != outcome::ok) return o.result == outcome::empty && items_.size() == 0;
    if (o.what == verb::push) {
      if (!is_full) items_.push(o.value);
      return !is_full;
    }
    if (items_.size() == 0) return false;
    const bool newest = order_of(o) == item_order::lifo;
    if ((newest ? items_.newest() : items_.oldest()) != o.value) return false;
    newest ? items_.take_newest() : items_.take_oldest();
    return true;
  }
  void undo(const operation& o) noexcept {
    if (observes(o)) return;
    if (o.what == verb::push) return items_.undo_push();
    order_of(o) == item_order::lifo ? items_.undo_take_newest() : items_.undo_take_oldest();
  }
  const row_of_items& inside() const noexcept { return items_; }
};

// A bounded FIFO queue that can be closed.
class sequential_channel_buffer {
  std::size_t capacity_;
  row_of_items items_;
  bool closed_ = false;

 public:
  static constexpr bool fifo = true;
  sequential_channel_buffer(const channel_buffer_claims&, std::size_t capacity) : capacity_(capacity) {}

  static bool observes(const operation& o) noexcept { return o.result != outcome::ok; }
  std::uint64_t key() const noexcept { return items_.key() ^ (closed_ ? mixed(3) : 0); }
  bool step(const operation& o) {
    if (o.what == verb::close) {
      const bool first = !closed_;
      if (first == (o.result == outcome::ok)) closed_ = true;
      return first == (o.result == outcome::ok);
    }
    if (o.result == outcome::closed) return closed_ && (o.what == verb::push || items_.size() == 0);
    if (o.result == outcome::full) return !closed_ && items_.size() == capacity_;
    if (o.result == outcome::empty) return !closed_ && items_.size() == 0;
    if (o.what == verb::push) {
      if (closed_ || items_.size() == capacity_) return false;
      items_.push(o.value);
      return true;
    }
    if (items_.size() == 0 || items_.oldest() != o.value) return false;
    items_.take_oldest();
    return true;
  }
  void undo(const operation& o) noexcept {
    if (observes(o)) return;
    if (o.what == verb::close) {
      closed_ = false;
    } else if (o.what == verb::push) {
      items_.undo_push();
    } else {
      items_.undo_take_oldest();
    }
  }
  const row_of_items& inside() const noexcept { return items_; }
};

}  // namespace stealyard::load
