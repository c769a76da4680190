#include "stress/conformance/reference/run_queue.hpp"

#include "stress/conformance/reference/violation.hpp"

#include <algorithm>
#include <vector>

namespace stealyard::reference {

bool run_queue::remove(item_order order, item value) {
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
void run_queue::took(std::string_view what, outcome o, item got, item_order order, bool spurious_empty) {
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

void run_queue::push() {
  const outcome o = queue_->try_push(next_);
  const bool full = queue_->claims.bounded && inside_.size() == capacity_;
  STEALYARD_REQUIRE(o == (full ? outcome::full : outcome::ok),
                    "RQ7: push returned " << o << " with " << inside_.size() << " items inside, capacity " << capacity_);
  if (!full) inside_.push_back(next_);
  ++next_;
}

void run_queue::pop() {
  item got = 0;
  const outcome o = queue_->try_pop(got);
  took("pop", o, got, queue_->claims.owner_order, false);
}

void run_queue::steal() {
  item got = 0;
  const outcome o = queue_->try_steal(got);
  took("steal", o, got, queue_->claims.steal_order, queue_->claims.spurious_empty_steal);
}

void run_queue::steal_batch(std::size_t room) {
  if (!queue_->has_batches) return steal();
  std::vector<item> out(room + 1, 0);
  std::size_t taken = 0;
  const std::size_t before = inside_.size();
  const outcome o = queue_->try_steal_batch(out.data(), room, taken);
  if (o != outcome::ok) return took("batch steal", o, 0, queue_->claims.steal_order, queue_->claims.spurious_empty_steal);
  STEALYARD_REQUIRE(taken >= 1 && taken <= room && taken <= (before + 1) / 2,
                    "a batch of " << taken << " out of " << before << ", room " << room);
  for (std::size_t i = 0; i != taken; ++i) took("batch steal", outcome::ok, out[i], queue_->claims.steal_order, false);
  STEALYARD_REQUIRE(out[room] == 0, "a batch wrote past its room of " << room);
}

void run_queue::look() const {
  STEALYARD_REQUIRE(!queue_->probably_empty() || inside_.empty(), "RQ10: probably_empty() with " << inside_.size() << " items inside");
}

void run_queue::drain(bool stealing) {
  for (std::size_t left = inside_.size() + 1; left != 0; --left) stealing ? steal() : pop();
  STEALYARD_REQUIRE(inside_.empty() || (stealing && queue_->claims.spurious_empty_steal), "RQ1: " << inside_.size() << " items are lost");
}

}  // namespace stealyard::reference
