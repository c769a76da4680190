#include "stress/conformance/reference/timer_queue.hpp"

#include "stress/conformance/reference/violation.hpp"

#include <algorithm>

namespace stealyard::reference {

nanoseconds_t timer_queue::smallest() const {
  nanoseconds_t least = never;
  for (const timer* t : inside_) least = std::min(least, t->when);
  return least;
}

timer_queue::timer_queue(make_timer_queue make, unsigned timers) : queue_(make()) {
  for (unsigned i = 0; i != timers; ++i) {
    timers_.push_back(std::make_unique<timer>());
    timers_.back()->id = i;
  }
}

void timer_queue::insert(unsigned id, nanoseconds_t when) {
  timer& t = *timers_[id];
  if (!inside_.insert(&t).second) return;
  t.when = when;
  queue_->insert(t);
}

void timer_queue::erase(unsigned id) {
  const bool was = inside_.erase(timers_[id].get()) != 0;
  STEALYARD_REQUIRE(queue_->erase(*timers_[id]) == was, "TQ1: erase of timer " << id << ", which was " << (was ? "" : "not ") << "inside");
}

void timer_queue::pop_due(nanoseconds_t now) {
  const nanoseconds_t least = smallest();
  timer* const got = queue_->pop_due(now);
  if (got == nullptr) {
    STEALYARD_REQUIRE(inside_.empty() || least > now - queue_->claims.resolution, "TQ2: a timer of " << least << " is not due at " << now);
    STEALYARD_REQUIRE(queue_->earliest() > now || now == never,
                      "TQ6: nothing is due at " << now << ", and earliest is " << queue_->earliest());
    return;
  }
  STEALYARD_REQUIRE(inside_.erase(got) == 1, "TQ1: timer " << got->id << " came out and was not inside");
  STEALYARD_REQUIRE(got->when <= now, "TQ3: a timer of " << got->when << " came out at " << now);
  STEALYARD_REQUIRE(!queue_->claims.ordered || got->when == least, "TQ4: a timer of " << got->when << " came before one of " << least);
  STEALYARD_REQUIRE(got->position == SIZE_MAX, "a timer that left still has a position");
}

void timer_queue::look() const {
  const nanoseconds_t least = smallest();
  STEALYARD_REQUIRE(queue_->size() == inside_.size(), "size is " << queue_->size() << " with " << inside_.size() << " inside");
  const nanoseconds_t latest = least > never - queue_->claims.resolution ? never : least + queue_->claims.resolution;
  STEALYARD_REQUIRE(queue_->earliest() <= latest,
                    "TQ5: earliest is " << queue_->earliest() << ", and a timer of " << least << " is inside");
  STEALYARD_REQUIRE(queue_->earliest() != never || inside_.empty(), "TQ5: earliest says empty, and a timer of " << least << " is inside");
  const bool exact = queue_->claims.ordered || inside_.empty();
  STEALYARD_REQUIRE(!exact || queue_->earliest() == least, "TQ5: earliest is " << queue_->earliest() << ", not " << least);
}

void timer_queue::drain() {
  for (std::size_t left = inside_.size(); left != 0; --left) pop_due(never);
  STEALYARD_REQUIRE(inside_.empty(), "TQ2: " << inside_.size() << " timers never came out");
  STEALYARD_REQUIRE(queue_->pop_due(never) == nullptr, "TQ1: a timer came out twice");
  look();
}

}  // namespace stealyard::reference
