// Programs on a run_queue: thread 0 owns it, the others steal. Checks RQ1 to RQ11 of core/contract/run_queue.hpp from the claims alone:
// RQ1 to RQ7 and RQ9 to RQ11 by linearizability against the sequential queue (what is left is drained at the end), RQ8 by the race
// detector on what each item stands for.
//
//   owner   u try_push   o try_pop   e probably_empty
//   thief   s try_steal  b try_steal_batch of at most two
#pragma once
#include "core/contract/run_queue.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

namespace stealyard::model::run_queue_suite {

inline constexpr unsigned most_items = 12;

struct sequential {
  const run_queue_claims* claims;
  unsigned capacity;
  sequence items;

  bool step(const operation& op) noexcept {
    switch (op.letter) {
      case 'u':
        if (op.result == outcome::full) return claims->bounded && items.size() == capacity;
        return op.result == outcome::ok && !(claims->bounded && items.size() == capacity) && items.push(op.value);
      case 'o':
        if (op.result == outcome::empty) return items.size() == 0;
        if (op.result == outcome::lost) return claims->pop_may_lose && op.overlapped;
        return op.result == outcome::ok && items.take(claims->owner_order, op.value);
      case 'e':
        return !op.flag || items.size() == 0;
      default:
        if (op.result == outcome::empty) return items.size() == 0 || claims->spurious_empty_steal;
        if (op.result == outcome::lost) return claims->steal_may_lose && op.overlapped;
        return op.result == outcome::ok && items.take(claims->steal_order, op.value);
    }
  }
  std::uint64_t key() const noexcept { return items.key(); }
};

template <class Queue>
class run final : public scenario {
  using item = std::uintptr_t;
  const program& program_;
  Queue queue_;
  history history_;
  unsigned pushed_ = 0;
  std::array<bool, most_items + 1> taken_{};
  checked::plain<std::uint32_t> payload_[most_items + 1];

  void push() {
    const auto value = static_cast<std::uint8_t>(++pushed_);
    payload_[value].put(1000u + value);
    operation op = history::begin('u', "try_push", value);
    op.result = queue_.try_push(item{value});
    history_.end(op);
  }
  void took(operation& op, item got) {
    if (op.result != outcome::ok) return history_.end(op);
    require(got >= 1 && got <= pushed_, "RQ2: took an item that nobody pushed");
    op.value = static_cast<std::uint8_t>(got);
    history_.end(op);
    require(!taken_[got], "RQ2: took an item that was taken before");
    taken_[got] = true;
    require(payload_[got].take() == 1000u + got, "RQ8: the item's payload is not what the owner wrote");
  }
  outcome pop() {
    operation op = history::begin('o', "try_pop");
    item got = 0;
    op.result = queue_.try_pop(got);
    took(op, got);
    return op.result;
  }
  void probe() {
    operation op = history::begin('e', "probably_empty");
    const bool empty = queue_.probably_empty();
    history_.end(op, empty);
  }
  void steal() {
    operation op = history::begin('s', "try_steal");
    item got = 0;
    op.result = queue_.try_steal(got);
    took(op, got);
  }
  // Recorded as that many steals: a batch need not be atomic.
  void steal_batch() {
    if constexpr (steals_batches<Queue, item>) {
      operation op = history::begin('s', "try_steal_batch");
      item got[2] = {};
      std::size_t taken = 0;
      op.result = queue_.try_steal_batch(got, 2, taken);
      if (op.result != outcome::ok) return took(op, 0);
      require(taken >= 1 && taken <= 2, "RQ2: a batch of no item, or of more than asked");
      for (std::size_t i = 0; i != taken; ++i) {
        operation one = op;
        took(one, got[i]);
      }
    }
  }

 public:
  explicit run(const program& p) : program_(p), queue_(p.capacity) {}

  void thread(unsigned index) override {
    for (char letter : program_.threads[index]) {
      switch (letter) {
        case 'u':
          push();
          break;
        case 'o':
          pop();
          break;
        case 'e':
          probe();
          break;
        case 's':
          steal();
          break;
        default:
          steal_batch();
          break;
      }
    }
  }
  void after() override {
    checked::set_self(0);  // the owner drains
    outcome last = outcome::lost;
    for (unsigned tries = 0; last != outcome::empty; ++tries) {
      require(tries != 3 * most_items, "RQ9: try_pop alone never says empty");
      last = pop();
    }
    const sequential empty{&Queue::claims, program_.capacity, {}};
    require(linearizable(history_, empty), "RQ5: no order of the operations gives these results");
  }
};

template <template <class, class> class Q>
void add(const char* name) {
  using queue = Q<checked, std::uintptr_t>;
  static_assert(contract::run_queue<queue, std::uintptr_t>);
  add_entry<run<queue>>("run_queue", name, {.who = arity::owner_and_thieves, .batches = steals_batches<queue, std::uintptr_t>});
}

}  // namespace stealyard::model::run_queue_suite
