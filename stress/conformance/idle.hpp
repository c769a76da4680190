// Conformance of an idle policy: each axiom of core/contract/idle.hpp, from the claims alone.
//   ID1  the model: who must look again, who must be woken; work for real threads that all fall asleep again and again
//   ID2  the model's parkers: who is unparked left the set before, once a sleep; the same with real threads
//   ID3  the model, after every step; real threads when all sleep       ID4  the model; sampled with real threads
//   ID5  the model; real threads                                        A deadline that meets a waker: scripted, both ways.
// The interleavings inside the protocol are for the worker loop's own model under Relacy (stress/model).
#pragma once
#include "core/contract/idle.hpp"
#include "core/world/real.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/conformance/reference/idle.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <gtest/gtest.h>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace stealyard::conformance::idle_suite {

// Driven through the model alone (idle.cpp).
void sequential(const sched::idle_maker&);

// Parkers for real threads: a permit under a lock.
class locked_parkers final : public idle_sleepers {
  struct parker {
    std::mutex mutex;
    std::condition_variable wake;
    bool permit = false;
  };
  std::vector<parker> parkers_;

 public:
  explicit locked_parkers(unsigned workers) : parkers_(workers) {}
  bool park(unsigned worker, nanoseconds_t deadline) noexcept override {
    parker& p = parkers_[worker];
    std::unique_lock lock(p.mutex);
    while (!p.permit) {
      if (deadline == never) {
        p.wake.wait(lock);
      } else if (real::now() >= deadline) {
        return false;
      } else {
        p.wake.wait_for(lock, std::chrono::nanoseconds(deadline - real::now()));
      }
    }
    p.permit = false;
    return true;
  }
  void unpark(unsigned worker) noexcept override { give(worker, false); }
  void give(unsigned worker, bool rescue) {
    parker& p = parkers_[worker];
    std::lock_guard lock(p.mutex);
    if (p.permit && !rescue) ADD_FAILURE() << "ID2: worker " << worker << " is unparked twice in one sleep";
    p.permit = true;
    p.wake.notify_one();
  }
};

// Workers that do nothing but look for tasks, by the contract's protocol. A queue is the number of tasks in it.
template <class I, class W>
class crew {
  const unsigned workers_;
  const bool deadlines_;
  locked_parkers parkers_;
  I idle_;
  std::vector<std::atomic<unsigned>> queues_;
  std::atomic<unsigned> ran_{0};
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> gone_{0};

  bool take(unsigned queue) {
    unsigned n = queues_[queue].load();
    while (n != 0) {
      if (queues_[queue].compare_exchange_weak(n, n - 1)) return true;
    }
    return false;
  }
  bool take_any(random_numbers& random) {
    const auto n = static_cast<unsigned>(queues_.size());
    const auto first = static_cast<unsigned>(random.below(n));
    for (unsigned i = 0; i != n; ++i) {
      if (take((first + i) % n)) return true;
    }
    return false;
  }
  void sampled() {
    const unsigned searching = searching_in(idle_.word().load(relaxed));
    EXPECT_TRUE(stop_.load() || searching <= I::claims.searchers_limit(workers_)) << "ID4: " << searching << " search";
  }

 public:
  crew(unsigned workers, bool deadlines)
      : workers_(workers), deadlines_(deadlines), parkers_(workers), idle_(workers, parkers_), queues_(workers + 1) {}

  // The pusher's protocol.
  void push(unsigned queue) {
    queues_[queue].fetch_add(1, std::memory_order_release);
    W::fence(seq_cst);
    if (someone_should_wake(idle_.word().load(relaxed))) idle_.work_added();
  }

  void work(unsigned me) {
    random_numbers random(me + 1);
    bool searching = false;
    while (!stop_.load()) {
      bool got = take(me);
      if (!got) {
        searching = searching || idle_.begin_search(me);
        // Like a thief with bad luck: it may miss what is there, and the protocol must not.
        got = searching && !random.one_in(3) && take_any(random);
      }
      if (got) {
        if (std::exchange(searching, false)) idle_.end_search_found(me);
        ran_.fetch_add(1);
        sampled();
        continue;
      }
      const bool again = idle_.prepare_sleep(me, std::exchange(searching, false));
      got = again && take_any(random);
      if (got || stop_.load()) {
        searching = idle_.cancel_sleep(me) && I::claims.woken_searches;
        if (!got) break;
        if (std::exchange(searching, false)) idle_.end_search_found(me);
        ran_.fetch_add(1);
        continue;
      }
      const nanoseconds_t deadline =
          deadlines_ && random.one_in(2) ? real::now() + static_cast<nanoseconds_t>(random.below(60'000)) : never;
      searching = idle_.commit_sleep(me, deadline) && I::claims.woken_searches;
    }
    gone_.fetch_add(1);
  }

  // Pushes a few tasks at a time, for nobody's queue or a worker's, and waits until they ran.
  void feed(unsigned milliseconds) {
    random_numbers random;
    unsigned pushed = 0;
    for (time_box box(milliseconds); box.more() && !a_check_failed();) {
      for (std::uint64_t n = 1 + random.below(4); n != 0; --n, ++pushed) push(static_cast<unsigned>(random.below(queues_.size())));
      for (patient_loop wait; ran_.load() != pushed;) {
        if (wait.turn()) continue;
        const std::uint32_t word = idle_.word().load(relaxed);
        ADD_FAILURE() << "ID1: " << pushed - ran_.load() << " tasks stay queued; " << sleeping_in(word) << " of " << workers_ << " sleep, "
                      << searching_in(word) << " search";
        break;
      }
      for (std::uint64_t spin = random.below(400); spin != 0; --spin) real::pause();
    }
    if (!deadlines_ && !a_check_failed()) all_asleep();
    finish();
  }
  void all_asleep() {
    for (patient_loop wait; idle_.word().load(relaxed) != workers_;) {
      if (wait.turn()) continue;
      const std::uint32_t word = idle_.word().load(relaxed);
      ADD_FAILURE() << "ID3: nothing to do, and " << sleeping_in(word) << " of " << workers_ << " sleep, " << searching_in(word)
                    << " search";
      break;
    }
  }
  void finish() {
    stop_.store(true);
    idle_.wake_all();
    for (patient_loop wait; gone_.load() != workers_ && wait.turn();) {
    }
    if (gone_.load() == workers_) return;
    ADD_FAILURE() << "ID5: " << workers_ - gone_.load() << " workers sleep on after wake_all";
    for (patient_loop wait; gone_.load() != workers_;) {
      if (!wait.turn()) give_up("ID5: a worker does not return from commit_sleep");
      for (unsigned w = 0; w != workers_; ++w) parkers_.give(w, true);
      idle_.wake_all();
    }
  }
  unsigned workers() const { return workers_; }
};

template <class I, class W>
void work_is_found(unsigned workers, bool deadlines) {
  const auto c = std::make_unique<crew<I, W>>(workers, deadlines);
  together(workers + 1, [&](unsigned i) { i == workers ? c->feed(200) : c->work(i); });
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (shape::idle<policy, real>()) {
    static const suite s("idle", name);
    s.test("ID1_ID2_ID3_ID4_ID5_sequential_model", [] { sequential(sched::idle_maker_of<policy>); });
    s.test("ID1_ID2_ID3_ID4_ID5_work_is_found", [] { work_is_found<policy, real>(2, false); });
    s.test("ID1_ID2_ID3_ID4_ID5_work_is_found_crowded", [] { work_is_found<policy, real>(5, false); });
    s.test("ID1_ID2_ID3_ID4_ID5_work_is_found_perturbed", [] { work_is_found<V<native_perturbed>, native_perturbed>(3, false); });
    s.test("ID1_ID2_ID5_work_is_found_with_deadlines_perturbed", [] { work_is_found<V<native_perturbed>, native_perturbed>(3, true); });
    s.test("ID1_ID2_ID5_work_is_found_with_deadlines", [] { work_is_found<policy, real>(3, true); });
  }
}

}  // namespace stealyard::conformance::idle_suite
