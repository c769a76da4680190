// The sequential timer queue: a set of timers, and what the queue may say about it.
// It sees the queue through virtual calls, so that it is compiled once, not once a variant.
#pragma once
#include "core/contract/timer_queue.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

namespace stealyard::reference {

struct timer : timer_hook {
  unsigned id = 0;
};

class any_timer_queue {
 public:
  const timer_queue_claims claims;

  virtual ~any_timer_queue() = default;
  virtual void insert(timer&) = 0;
  virtual bool erase(timer&) noexcept = 0;
  virtual timer* pop_due(nanoseconds_t now) noexcept = 0;
  virtual nanoseconds_t earliest() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;

 protected:
  explicit any_timer_queue(const timer_queue_claims& claims_) : claims(claims_) {}
};

template <class Q>
class any_timer_queue_of final : public any_timer_queue {
  Q queue_;

 public:
  any_timer_queue_of() : any_timer_queue(Q::claims) {}
  void insert(timer& t) override { queue_.insert(t); }
  bool erase(timer& t) noexcept override { return queue_.erase(t); }
  timer* pop_due(nanoseconds_t now) noexcept override { return queue_.pop_due(now); }
  nanoseconds_t earliest() const noexcept override { return queue_.earliest(); }
  std::size_t size() const noexcept override { return queue_.size(); }
};

using make_timer_queue = std::unique_ptr<any_timer_queue> (*)();
template <class Q>
std::unique_ptr<any_timer_queue> timer_queue_of() {
  return std::make_unique<any_timer_queue_of<Q>>();
}

class timer_queue {
  const std::unique_ptr<any_timer_queue> queue_;
  std::vector<std::unique_ptr<timer>> timers_;
  std::set<timer*> inside_;

  nanoseconds_t smallest() const;

 public:
  timer_queue(make_timer_queue make, unsigned timers);

  void insert(unsigned id, nanoseconds_t when);  // nothing, if it is inside
  void erase(unsigned id);
  void pop_due(nanoseconds_t now);
  void look() const;
  // Everything comes out, once.
  void drain();
};

}  // namespace stealyard::reference
