// The progress meter on a run_queue: push and pop by the owner, steal by anyone.
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
    return (operation == 1 ? queue_.try_pop(got) : queue_.try_steal(got)) != outcome::lost;
  }
};

template <template <class, class> class V>
void add(const char* name) {
  using queue = V<gated, item>;
  entries().push_back({"run_queue",
                       name,
                       "",
                       {{"push", queue::claims.push, 1}, {"pop", queue::claims.pop, 1}, {"steal", queue::claims.steal, 0}},
                       [](std::size_t capacity) -> std::unique_ptr<subject> { return std::make_unique<of<queue>>(capacity); }});
}

}  // namespace stealyard::meter::run_queue_suite
