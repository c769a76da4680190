// The sequential run queue: drives a queue from one thread and requires what axioms and claims leave open.
#pragma once
#include "core/contract/run_queue.hpp"
#include "stress/conformance/reference/violation.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

namespace stealyard::reference {

template <class Q>
class run_queue {
  using item = std::uintptr_t;
  Q queue_;
  std::deque<item> inside_;  // oldest first
  const std::size_t capacity_;
  item next_ = 1;

  bool remove(item_order order, item value) {
    if (inside_.empty()) return false;
    auto at = inside_.end();
    if (order == item_order::lifo) {
      at = inside_.end() - 1;
    } else if (order == item_order::fifo) {
      at = inside_.begin();
    } else {
      at = std::find(inside_.begin(), inside_.end(), value);
    }
    if (at == inside_.end() || *at != value) return false;
    inside_.erase(at);
    return true;
  }
  // Alone, nothing is lost, and nothing is empty unless it is (RQ6, RQ9).
  void took(const char* what, outcome o, item got, item_order order, bool spurious_empty) {
    if (o != outcome::ok) {
      STEALYARD_REQUIRE(got == 0, what << " returned " << o << " and wrote its result");
      STEALYARD_REQUIRE(o == outcome::empty, "RQ9: " << what << " returned " << o << " to the only thread there is");
      STEALYARD_REQUIRE(inside_.empty() || spurious_empty, "RQ6: " << what << " returned empty with " << inside_.size() << " items inside");
      return;
    }
    const std::size_t before = inside_.size();
    STEALYARD_REQUIRE(remove(order, got), "RQ2, RQ3, RQ4: " << what << " with " << before << " items inside returned item " << got
                                                            << ", the order is " << to_string(order));
  }

 public:
  explicit run_queue(std::size_t capacity) : queue_(capacity), capacity_(capacity) {}
  std::size_t size() const { return inside_.size(); }

  void push() {
    const outcome o = queue_.try_push(next_);
    const bool full = Q::claims.bounded && inside_.size() == capacity_;
    STEALYARD_REQUIRE(o == (full ? outcome::full : outcome::ok),
                      "RQ7: push returned " << o << " with " << inside_.size() << " items inside, capacity " << capacity_);
    if (!full) inside_.push_back(next_);
    ++next_;
  }
  void pop() {
    item got = 0;
    const outcome o = queue_.try_pop(got);
    took("pop", o, got, Q::claims.owner_order, false);
  }
  void steal() {
    item got = 0;
    const outcome o = queue_.try_steal(got);
    took("steal", o, got, Q::claims.steal_order, Q::claims.spurious_empty_steal);
  }
  void steal_batch(std::size_t room) {
    if constexpr (steals_batches<Q, item>) {
      std::vector<item> out(room + 1, 0);
      std::size_t taken = 0;
      const std::size_t before = inside_.size();
      const outcome o = queue_.try_steal_batch(out.data(), room, taken);
      if (o != outcome::ok) return took("batch steal", o, 0, Q::claims.steal_order, Q::claims.spurious_empty_steal);
      STEALYARD_REQUIRE(taken >= 1 && taken <= room && taken <= (before + 1) / 2,
                        "a batch of " << taken << " out of " << before << ", room " << room);
      for (std::size_t i = 0; i != taken; ++i) took("batch steal", outcome::ok, out[i], Q::claims.steal_order, false);
      STEALYARD_REQUIRE(out[room] == 0, "a batch wrote past its room of " << room);
    } else {
      steal();
    }
  }
  void look() const {
    STEALYARD_REQUIRE(!queue_.probably_empty() || inside_.empty(), "RQ10: probably_empty() with " << inside_.size() << " items inside");
  }
  // RQ1: all that was pushed comes out, by pop (or by steal, where that may not be refused).
  void drain(bool stealing) {
    for (std::size_t left = inside_.size() + 1; left != 0; --left) stealing ? steal() : pop();
    STEALYARD_REQUIRE(inside_.empty() || (stealing && Q::claims.spurious_empty_steal), "RQ1: " << inside_.size() << " items are lost");
  }
};

}  // namespace stealyard::reference
