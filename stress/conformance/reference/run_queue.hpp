// The sequential run queue: drives a queue from one thread and requires what axioms and claims leave open.
// It sees the queue through virtual calls, so that it is compiled once, not once a variant.
#pragma once
#include "core/contract/run_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

namespace stealyard::reference {

class any_run_queue {
 public:
  using item = std::uintptr_t;
  const run_queue_claims claims;
  const bool has_batches;

  virtual ~any_run_queue() = default;
  virtual outcome try_push(item) noexcept = 0;
  virtual outcome try_pop(item& into) noexcept = 0;
  virtual outcome try_steal(item& into) noexcept = 0;
  virtual outcome try_steal_batch(item* out, std::size_t room, std::size_t& taken) noexcept = 0;  // if has_batches
  virtual bool probably_empty() const noexcept = 0;

 protected:
  any_run_queue(const run_queue_claims& claims_, bool has_batches_) : claims(claims_), has_batches(has_batches_) {}
};

template <class Q>
class any_run_queue_of final : public any_run_queue {
  Q queue_;

 public:
  explicit any_run_queue_of(std::size_t capacity) : any_run_queue(Q::claims, steals_batches<Q, item>), queue_(capacity) {}
  outcome try_push(item i) noexcept override { return queue_.try_push(i); }
  outcome try_pop(item& into) noexcept override { return queue_.try_pop(into); }
  outcome try_steal(item& into) noexcept override { return queue_.try_steal(into); }
  outcome try_steal_batch([[maybe_unused]] item* out, [[maybe_unused]] std::size_t room,
                          [[maybe_unused]] std::size_t& taken) noexcept override {
    if constexpr (steals_batches<Q, item>) {
      return queue_.try_steal_batch(out, room, taken);
    } else {
      return outcome::empty;
    }
  }
  bool probably_empty() const noexcept override { return queue_.probably_empty(); }
};

using make_run_queue = std::unique_ptr<any_run_queue> (*)(std::size_t capacity);
template <class Q>
std::unique_ptr<any_run_queue> run_queue_of(std::size_t capacity) {
  return std::make_unique<any_run_queue_of<Q>>(capacity);
}

class run_queue {
  using item = any_run_queue::item;
  const std::unique_ptr<any_run_queue> queue_;
  std::deque<item> inside_;  // oldest first
  const std::size_t capacity_;
  item next_ = 1;

  bool remove(item_order, item);
  void took(std::string_view what, outcome, item got, item_order, bool spurious_empty);

 public:
  run_queue(make_run_queue make, std::size_t capacity) : queue_(make(capacity)), capacity_(capacity) {}
  void push();
  void pop();
  void steal();
  void steal_batch(std::size_t room);  // steal, where there are no batches
  void look() const;
  // RQ1: all that was pushed comes out, by pop (or by steal, where that may not be refused).
  void drain(bool stealing);
};

}  // namespace stealyard::reference
