// Conformance of a run_queue: each axiom of core/contract/run_queue.hpp, from the claims alone.
//   RQ1, RQ2  sequential model; ledger with real thieves; a thief's calls at every step of the owner's and the other way round
//   RQ3, RQ4  sequential model; order seen by owner and thieves
//   RQ5       small programs under Relacy (stress/model): real threads cannot refute linearizability, only what follows from it
//   RQ6       a thief of a queue that is never empty; the model   RQ7       the model; counts at each full, with thieves
//   RQ8       plain payloads behind the items                     RQ9       the model (alone: never lost); claims with real thieves
//   RQ10      the model; the owner with real thieves              RQ11      every shift of the indices at capacities 1, 2, 3, 8
//   Progress claims are for the checkers that can stall a thread anywhere (stress/model); they are not tested here.
#pragma once
#include "core/contract/run_queue.hpp"
#include "core/world/real.hpp"
#include "stress/conformance/interrupted/run_queue.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/conformance/reference/run_queue.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <gtest/gtest.h>
#include <cstdint>
#include <memory>
#include <vector>

namespace stealyard::conformance::run_queue_suite {

inline constexpr std::size_t capacities[] = {1, 2, 3, 8};

// Driven through the model alone (run_queue.cpp): random calls; and (RQ11) filled from every offset of the indices far past the initial
// capacity, then emptied from one end.
void sequential(reference::make_run_queue);
void shifts(reference::make_run_queue, bool stealing);

// What owner and thieves of one concurrent round share.
template <class Q>
struct round {
  static constexpr std::size_t items = 3000;
  explicit round(std::size_t capacity_) : capacity(capacity_), queue(capacity_), taken(items), payload(items, 0) {}

  const std::size_t capacity;
  Q queue;
  ledger taken;
  std::vector<std::uint32_t> payload;  // plain on purpose (RQ8)
  std::atomic<std::size_t> stolen{0};
  std::atomic<bool> owner_done{false};

  // Items are 1 .. items in push order.
  void take(item got) {
    ASSERT_TRUE(got >= 1 && taken.take(got - 1)) << "RQ2: item " << got << " was taken twice, or never pushed";
    ASSERT_EQ(payload[got - 1], got * 3) << "RQ8: the item came before what was written before its push";
  }
  void thief_of_batches() {
    if constexpr (steals_batches<Q, item>) {
      while (!a_check_failed()) {
        const bool done = owner_done.load(std::memory_order_acquire);
        item out[7];
        std::size_t count = 0;
        const outcome o = queue.try_steal_batch(out, std::size(out), count);
        if (o != outcome::ok) {
          if (done && o == outcome::empty) return;
          continue;
        }
        stolen.fetch_add(count, std::memory_order_relaxed);
        for (std::size_t i = 0; i != count; ++i) take(out[i]);
      }
    }
  }
  void thief() {
    item last = 0;
    for (patient_loop wait; wait.turn();) {
      if (a_check_failed()) return;
      const bool done = owner_done.load(std::memory_order_acquire);
      item got = 0;
      const outcome o = queue.try_steal(got);
      if (o == outcome::ok) {
        stolen.fetch_add(1, std::memory_order_relaxed);
        take(got);
        ASSERT_TRUE(Q::claims.steal_order != item_order::fifo || got > last) << "RQ4: a thief took item " << got << " after " << last;
        last = got;
        wait = {};
      } else if (o == outcome::lost) {
        ASSERT_TRUE(Q::claims.steal_may_lose) << "RQ9: steal returned lost, and does not claim it";
      } else {
        ASSERT_EQ(to_string(o), "empty");
        if (done) return;
      }
    }
    ADD_FAILURE() << "RQ9: a thief was told for 10 s that it lost";
  }
};

template <class Q>
class owner {
  round<Q>& r_;
  random_numbers random_{99};
  std::vector<item> mine_;  // pushed, and not popped: thieves may have taken any
  item next_ = 1;
  std::size_t popped_ = 0;

 public:
  explicit owner(round<Q>& r) : r_(r) {}
  std::size_t pushed() const { return next_ - 1; }

  void push() {
    if (pushed() == round<Q>::items) return;
    const std::size_t inside_at_most = pushed() - popped_ - r_.stolen.load(std::memory_order_relaxed);
    r_.payload[next_ - 1] = static_cast<std::uint32_t>(next_ * 3);
    const outcome o = r_.queue.try_push(next_);
    if (o == outcome::full) {
      ASSERT_TRUE(Q::claims.bounded) << "RQ7: an unbounded queue is full";
      ASSERT_GE(inside_at_most, r_.capacity) << "RQ7: full with room inside";
      return;
    }
    ASSERT_EQ(to_string(o), "ok");
    mine_.push_back(next_++);
  }
  void pop() {
    const bool empty = r_.queue.probably_empty();
    item got = 0;
    const outcome o = r_.queue.try_pop(got);
    if (o == outcome::lost) {
      ASSERT_TRUE(Q::claims.pop_may_lose) << "RQ9: pop returned lost, and does not claim it";
      return;
    }
    if (o == outcome::empty) {
      mine_.clear();  // all stolen; the ledger will tell
      return;
    }
    ASSERT_EQ(to_string(o), "ok");
    ASSERT_FALSE(empty) << "RQ10: pop succeeded after the owner saw probably_empty()";
    ++popped_;
    r_.take(got);
    if (Q::claims.owner_order == item_order::lifo && Q::claims.steal_order == item_order::fifo) {
      ASSERT_TRUE(!mine_.empty() && mine_.back() == got) << "RQ3: pop returned " << got << ", not the newest item";
      mine_.pop_back();
    }
  }
  // Bursts: mostly short ones, so that owner and thieves meet at the last item.
  void work(unsigned keep) {
    while (pushed() != round<Q>::items && !a_check_failed()) {
      const std::uint64_t burst = random_.one_in(8) ? 1 + random_.below(40) : 1 + random_.below(2);
      for (std::uint64_t i = 0; i != burst; ++i) push();
      for (std::uint64_t i = random_.below(burst + 1); i != 0 && mine_.size() > keep; --i) pop();
      if (keep == 0 && random_.one_in(3)) pop();
    }
  }
};

// RQ1, RQ2, RQ8 and what follows from RQ3, RQ4, RQ9, RQ10 with real thieves.
template <class Q>
void exactly_once(unsigned thieves) {
  for (time_box box; box.more();) {
    for (const std::size_t capacity : capacities) {
      auto r = std::make_unique<round<Q>>(capacity);
      std::size_t pushed = 0;
      together(thieves + 1, [&](unsigned i) {
        if (i == 1 && steals_batches<Q, item>) return r->thief_of_batches();
        if (i != 0) return r->thief();
        owner<Q> o(*r);
        o.work(0);
        pushed = o.pushed();
        r->owner_done.store(true, std::memory_order_release);
      });
      item got = 0;
      while (!a_check_failed() && r->queue.try_pop(got) == outcome::ok) r->take(got);
      if (a_check_failed()) return;
      const std::size_t wrong = r->taken.first_wrong(pushed);
      ASSERT_EQ(wrong, pushed) << "RQ1: item " << wrong + 1 << " came out " << r->taken.count(wrong) << " times, initial capacity "
                               << capacity;
    }
  }
}

// RQ6: the owner leaves the oldest items to two thieves, who take fewer: the queue is never empty.
template <class Q>
void never_empty() {
  if (Q::claims.spurious_empty_steal || Q::claims.bounded || Q::claims.owner_order != item_order::lifo) return;
  constexpr std::size_t left_alone = 900;
  for (time_box box(100); box.more();) {
    Q q(2);
    for (item i = 1; i <= left_alone; ++i) ASSERT_EQ(q.try_push(i), outcome::ok);
    together(3, [&](unsigned i) {
      item got = 0;
      random_numbers random(i);
      if (i == 0) {
        for (unsigned step = 0; step != 1000; ++step) {
          const std::uint64_t burst = 1 + random.below(3);
          for (std::uint64_t k = 0; k != burst; ++k) EXPECT_EQ(q.try_push(9999), outcome::ok);
          for (std::uint64_t k = 0; k != burst; ++k) EXPECT_EQ(q.try_pop(got), outcome::ok) << "RQ6: pop of a queue that is not empty";
        }
      } else {
        for (std::size_t took = 0; took != left_alone / 3;) {
          const outcome o = q.try_steal(got);
          ASSERT_NE(to_string(o), "empty") << "RQ6: steal from a queue that is not empty";
          if (o == outcome::ok) ++took;
        }
      }
    });
    if (a_check_failed()) return;
  }
}

// RQ1, RQ2 again, with nothing between the calls but the calls: one or two items at a time, for which owner and thief race.
template <class Q>
void last_items() {
  constexpr std::size_t items = 4000;
  for (time_box box; box.more();) {
    Q q(2);
    ledger taken(items);
    std::vector<item> out[2];
    std::atomic<bool> done{false};
    for (auto& o : out) o.reserve(items);
    together(2, [&](unsigned me) {
      item got = 0;
      if (me == 0) {
        random_numbers random;
        for (item next = 1; next <= items;) {
          for (std::uint64_t n = 1 + random.below(3); n != 0 && next <= items; --n) next += q.try_push(next) == outcome::ok;
          for (outcome o = outcome::ok; o != outcome::empty;) {
            o = q.try_pop(got);
            if (o == outcome::ok) out[0].push_back(got);
          }
        }
        done.store(true);
      } else {
        while (!done.load(std::memory_order_relaxed)) {
          if (q.try_steal(got) == outcome::ok) out[1].push_back(got);
        }
      }
    });
    for (const auto& o : out) {
      for (const item i : o) ASSERT_TRUE(i >= 1 && taken.take(i - 1)) << "RQ2: item " << i << " was taken twice, or never pushed";
    }
    const std::size_t wrong = taken.first_wrong(items);
    ASSERT_EQ(wrong, items) << "RQ1: item " << wrong + 1 << " was lost";
  }
}

template <template <class, class> class V>
void add(const char* name) {
  using queue = V<real, item>;
  using slow = V<native_perturbed, item>;
  if constexpr (shape::run_queue<queue, item>()) {
    static const suite s("run_queue", name);
    s.test("RQ1_RQ2_RQ3_RQ4_RQ6_RQ7_RQ9_RQ10_sequential_model", [] { sequential(reference::run_queue_of<queue>); });
    s.test("RQ11_every_shift_popped", [] { shifts(reference::run_queue_of<queue>, false); });
    s.test("RQ11_every_shift_stolen", [] { shifts(reference::run_queue_of<queue>, true); });
    s.test("RQ1_RQ2_at_every_step", [] { at_every_step<V<scripted, item>>(); });
    s.test("RQ1_RQ2_RQ8_exactly_once_one_thief", [] { exactly_once<queue>(1); });
    s.test("RQ1_RQ2_RQ8_exactly_once_two_thieves", [] { exactly_once<queue>(2); });
    s.test("RQ1_RQ2_RQ8_exactly_once_perturbed", [] { exactly_once<slow>(2); });
    s.test("RQ1_RQ2_last_items", [] { last_items<queue>(); });
    s.test("RQ1_RQ2_last_items_perturbed", [] { last_items<slow>(); });
    s.test("RQ6_never_empty", [] { never_empty<queue>(); });
    s.test("RQ6_never_empty_perturbed", [] { never_empty<slow>(); });
  }
}

}  // namespace stealyard::conformance::run_queue_suite
