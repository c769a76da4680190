// The progress meter on a run_queue: push and pop by the owner, steal by anyone, in batches too where it has them.
#pragma once
#include "core/contract/run_queue.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

namespace stealyard::meter::run_queue_suite {

using item = std::uintptr_t;

template <class Q>
class of final : public subject {
  Q queue_;
  item next_ = 1;

 public:
  explicit of(std::size_t capacity) : queue_(capacity) {}
  bool call(unsigned operation) override {
    item got = 0;
    if (operation == 0) return queue_.try_push(next_++) != outcome::lost;
    if constexpr (steals_batches<Q, item>) {
      if (operation == 3) {
        item batch[2];
        std::size_t taken = 0;
        return queue_.try_steal_batch(batch, 2, taken) != outcome::lost;
      }
    }
    return (operation == 1 ? queue_.try_pop(got) : queue_.try_steal(got)) != outcome::lost;
  }
};

template <class Q>
entry measured(const char* name) {
  entry e{"run_queue",
          name,
          "",
          {{"push", Q::claims.push, 1}, {"pop", Q::claims.pop, 1}, {"steal", Q::claims.steal}},
          states_of_a_queue(),
          {},
          [](std::size_t capacity) -> std::unique_ptr<subject> { return std::make_unique<of<Q>>(capacity); }};
  if (steals_batches<Q, item>) e.operations.push_back({"steal of a batch", Q::claims.steal});
  return e;
}

template <template <class, class> class V>
void add(const char* name) {
  entries().push_back(measured<V<gated, item>>(name));
}

}  // namespace stealyard::meter::run_queue_suite
