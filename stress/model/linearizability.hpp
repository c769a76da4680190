// linearizability: is there an order of the operations, respecting happens-before, in which a sequential object gives these results?
// Wing and Gong's search with Lowe's memo of (operations done, state); no heap.
//
// Object: trivially copyable; bool step(const operation&) applies the operation and says whether its result is legal;
// std::uint64_t key() identifies the state. If it has one, bool may_rest() says whether those who wait still may, when all else is done.
#pragma once
#include "stress/model/history.hpp"

namespace stealyard::model {

class seen_states {
  static constexpr std::size_t slots = std::size_t{1} << 14;
  struct slot {
    std::uint64_t done = 0, key = 0, search = 0;
  };
  std::array<slot, slots> table_;
  std::uint64_t search_ = 0;

 public:
  void forget() noexcept { ++search_; }
  // False if it was seen before. A full neighbourhood forgets, which costs time and never an answer.
  bool insert(std::uint64_t done, std::uint64_t key) noexcept {
    std::uint64_t h = (done * 0x9e3779b97f4a7c15) ^ (key * 0xc2b2ae3d27d4eb4f);
    h ^= h >> 29;
    for (std::size_t i = 0; i != 8; ++i) {
      slot& s = table_[(h + i) % slots];
      if (s.search != search_) {
        s = {done, key, search_};
        return true;
      }
      if (s.done == done && s.key == key) return false;
    }
    table_[h % slots] = {done, key, search_};
    return true;
  }
};
extern seen_states linearization_memo;

template <class Object>
bool linearize_rest(const history& h, std::uint64_t done, const Object& object) {
  if (done == (std::uint64_t{1} << h.size()) - 1) {
    if constexpr (requires { object.may_rest(); }) return object.may_rest();
    return true;
  }
  if (!linearization_memo.insert(done, object.key())) return false;
  for (unsigned i = 0; i != h.size(); ++i) {
    if ((done >> i & 1) != 0 || (h[i].before & ~done) != 0) continue;
    Object next = object;
    if (next.step(h[i]) && linearize_rest(h, done | std::uint64_t{1} << i, next)) return true;
  }
  return false;
}

template <class Object>
bool linearizable(history& h, const Object& initial) {
  h.order();
  linearization_memo.forget();
  return linearize_rest(h, 0, initial);
}

// The items of a sequential queue, oldest first: what the models of run queues and channel buffers share.
class sequence {
  std::array<std::uint8_t, 15> items_{};
  std::uint8_t count_ = 0;

 public:
  unsigned size() const noexcept { return count_; }
  bool push(std::uint8_t item) noexcept {
    if (count_ == items_.size()) return false;
    items_[count_++] = item;
    return true;
  }
  bool take_at(unsigned position, std::uint8_t item) noexcept {
    if (position >= count_ || items_[position] != item) return false;
    for (unsigned i = position; i + 1 != count_; ++i) items_[i] = items_[i + 1];
    items_[--count_] = 0;
    return true;
  }
  unsigned position_of(std::uint8_t item) const noexcept {
    unsigned i = 0;
    while (i != count_ && items_[i] != item) ++i;
    return i;
  }
  bool take(item_order by, std::uint8_t item) noexcept {
    switch (by) {
      case item_order::fifo:
        return take_at(0, item);
      case item_order::lifo:
        return count_ != 0 && take_at(count_ - 1u, item);
      default:
        return take_at(position_of(item), item);
    }
  }
  std::uint8_t at(unsigned i) const noexcept { return items_[i]; }
  std::uint64_t key() const noexcept {
    std::uint64_t k = count_;
    for (unsigned i = 0; i != count_; ++i) k = k * 31 + items_[i];
    return k;
  }
};

}  // namespace stealyard::model
