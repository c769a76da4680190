// Conformance of a timer_queue: each axiom of core/contract/timer_queue.hpp, from the claims alone.
//   TQ1 to TQ5  a model (a set of timers), few and many of them, with equal, extreme and erased times
// Calls are made under the worker's lock, so no thread is needed.
#pragma once
#include "core/contract/timer_queue.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

namespace stealyard::conformance::timer_queue_suite {

struct timer : timer_hook {
  unsigned id = 0;
};

template <class Q>
class model {
  Q queue_;
  std::vector<std::unique_ptr<timer>> timers_;
  std::set<timer*> inside_;

  nanoseconds_t smallest() const {
    nanoseconds_t least = never;
    for (const timer* t : inside_) least = std::min(least, t->when);
    return least;
  }

 public:
  explicit model(unsigned timers) {
    for (unsigned i = 0; i != timers; ++i) timers_.push_back(std::make_unique<timer>()), timers_.back()->id = i;
  }
  std::size_t size() const { return inside_.size(); }
  timer& any(random_numbers& random) { return *timers_[random.below(timers_.size())]; }

  void insert(timer& t, nanoseconds_t when) {
    if (inside_.contains(&t)) return;
    t.when = when;
    queue_.insert(t);
    inside_.insert(&t);
  }
  void erase(timer& t) {
    const bool was = inside_.erase(&t) != 0;
    ASSERT_EQ(queue_.erase(t), was) << "TQ1: erase of timer " << t.id << (was ? ", which was inside" : ", which was not inside");
  }
  void pop_due(nanoseconds_t now) {
    const nanoseconds_t least = smallest();
    timer* const got = queue_.pop_due(now);
    if (got == nullptr) {
      ASSERT_TRUE(inside_.empty() || least > now - Q::claims.resolution) << "TQ2: a timer of " << least << " is not due at " << now;
      return;
    }
    ASSERT_EQ(inside_.erase(got), 1u) << "TQ1: timer " << got->id << " came out and was not inside";
    ASSERT_LE(got->when, now) << "TQ3: a timer came before its time";
    ASSERT_TRUE(!Q::claims.ordered || got->when == least) << "TQ4: a timer of " << got->when << " came before one of " << least;
    ASSERT_EQ(got->position, SIZE_MAX) << "a timer that left still has a position";
  }
  void look() {
    ASSERT_EQ(queue_.size(), inside_.size());
    const nanoseconds_t least = smallest();
    ASSERT_LE(queue_.earliest(), least) << "TQ5";
    ASSERT_TRUE(!Q::claims.ordered || queue_.earliest() == least) << "TQ5: earliest() is " << queue_.earliest() << " and not " << least;
    ASSERT_TRUE(!inside_.empty() || queue_.earliest() == never) << "TQ5: an empty queue has an earliest timer";
  }
  // Everything comes out, once.
  void drain() {
    for (std::size_t left = inside_.size(); left != 0; --left) {
      pop_due(never);
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(inside_.empty()) << "TQ2: " << inside_.size() << " timers never came out";
    ASSERT_EQ(queue_.pop_due(never), nullptr) << "TQ1: one came out twice";
    look();
  }
};

template <class Q>
void sequential(unsigned timers, std::uint64_t distinct_times, unsigned rounds) {
  random_numbers random;
  for (unsigned round = 0; round != rounds; ++round) {
    model<Q> m(timers);
    nanoseconds_t now = 1000;
    for (unsigned step = 0; step != 6 * timers + 20; ++step) {
      const std::uint64_t kind = random.below(10);
      if (kind < 5) {
        m.insert(m.any(random), now + static_cast<nanoseconds_t>(random.below(distinct_times)) - static_cast<nanoseconds_t>(distinct_times / 4));
      } else if (kind < 7) {
        m.erase(m.any(random));
      } else {
        m.pop_due(now);
        now += static_cast<nanoseconds_t>(random.below(distinct_times / 8 + 2));
      }
      m.look();
      if (testing::Test::HasFatalFailure()) return;
    }
    m.drain();
    if (testing::Test::HasFatalFailure()) return;
  }
}

template <class Q>
void extremes() {
  model<Q> m(6);
  random_numbers random;
  const nanoseconds_t times[] = {never - 1, 0, 1, nanoseconds_t{1} << 62, 1000, never - 2};
  for (unsigned turn = 0; turn != 50; ++turn) {
    for (const nanoseconds_t when : times) m.insert(m.any(random), when);
    m.look();
    m.pop_due(-1);
    m.pop_due(0);
    m.pop_due(999);
    m.look();
    if (turn % 5 == 0) m.drain();
    if (testing::Test::HasFatalFailure()) return;
  }
}

template <template <class> class V>
void add(const char* name) {
  using queue = V<timer>;
  if constexpr (shape::timer_queue<queue, timer>()) {
    static const suite s("timer_queue", name);
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_few_timers", [] { sequential<queue>(6, 12, 400); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_many_timers", [] { sequential<queue>(300, 100'000, 4); });
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_equal_times", [] { sequential<queue>(40, 1, 20); });
    s.test("TQ2_TQ3_TQ5_extreme_times", [] { extremes<queue>(); });
  }
}

}  // namespace stealyard::conformance::timer_queue_suite
