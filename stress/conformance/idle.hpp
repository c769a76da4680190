// Conformance of an idle policy: each axiom of core/contract/idle.hpp, from the claims alone.
//   ID1  the model: who must look again, who must be woken; work for real threads that all fall asleep again and again
//   ID2  the model's parkers: who is unparked left the set before, once a sleep; the same with real threads
//   ID3  the model, after every step; real threads when all sleep       ID4  the model; sampled with real threads
//   ID5  the model; real threads                                        A deadline that meets a waker: scripted, both ways.
// The interleavings inside the protocol are for the worker loop's own model under Relacy (stress/model).
#pragma once
#include "core/contract/idle.hpp"
#include "core/world/native.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace stealyard::conformance::idle_suite {

// Parkers of one thread: nobody sleeps, permits are counted, and a script may act in the middle of a park.
class scripted_parkers final : public idle_sleepers {
 public:
  explicit scripted_parkers(unsigned workers) : permit(workers, false) {}
  std::vector<bool> permit;
  std::vector<unsigned> unparked;                // in order, since last cleared
  std::function<void()> before_park;             // once
  bool deadline_first = false;                   // once: the deadline fires although a permit is there

  bool park(unsigned worker, nanoseconds_t deadline) noexcept override {
    if (const auto act = std::exchange(before_park, nullptr)) act();
    if (deadline != never && std::exchange(deadline_first, false)) return false;
    if (permit[worker]) {
      permit[worker] = false;
      return true;
    }
    if (deadline == never) ADD_FAILURE() << "ID2: worker " << worker << " parks for ever and nobody chose it";
    return false;
  }
  void unpark(unsigned worker) noexcept override {
    if (permit[worker]) ADD_FAILURE() << "ID2: worker " << worker << " is unparked twice in one sleep";
    permit[worker] = true;
    unparked.push_back(worker);
  }
};

// Every worker in one thread, and what the word must say after each step.
template <class I>
class model {
  enum class state { awake, searching, asleep, chosen };
  scripted_parkers parkers_;
  I idle_;
  std::vector<state> workers_;
  bool all_woken_ = false;

  unsigned count(state s) const {
    unsigned n = 0;
    for (const state w : workers_) n += w == s;
    return n;
  }
  state after_wake() const { return I::claims.woken_searches ? state::searching : state::awake; }
  unsigned searching() const { return count(state::searching) + (I::claims.woken_searches ? count(state::chosen) : 0); }
  void look(const char* after) {
    const std::uint32_t word = idle_.word().load(relaxed);
    ASSERT_EQ(sleeping_in(word), count(state::asleep)) << "ID3: sleeping, after " << after;
    ASSERT_EQ(searching_in(word), searching()) << "ID3: searching, after " << after;
    ASSERT_TRUE(all_woken_ || searching() <= I::claims.searchers_limit(static_cast<unsigned>(workers_.size()))) << "ID4, after " << after;
  }
  // Takes note of who was unparked by the step; `must` and `may`: how many that had to be, and could be at most.
  void woken(const char* by, unsigned must, unsigned may) {
    ASSERT_GE(parkers_.unparked.size(), must) << "ID1: somebody sleeps, nobody searches, and nobody was woken by " << by;
    ASSERT_LE(parkers_.unparked.size(), may) << "claims.wakes_one_at_a_time, " << by;
    for (const unsigned w : std::exchange(parkers_.unparked, {})) {
      ASSERT_EQ(workers_[w], state::asleep) << "ID2: " << by << " chose worker " << w << ", which is not in the sleeping set";
      workers_[w] = state::chosen;
    }
    look(by);
  }
  bool nobody_searches() const { return searching() == 0; }
  unsigned at_most() const { return I::claims.wakes_one_at_a_time ? (nobody_searches() ? 1 : 0) : static_cast<unsigned>(workers_.size()); }
  void pass_on(const char* by) {
    const bool needed = nobody_searches() && count(state::asleep) != 0;
    woken(by, needed ? 1 : 0, at_most());
  }

 public:
  explicit model(unsigned workers) : parkers_(workers), idle_(workers, parkers_), workers_(workers, state::awake) {}

  void work_added() {
    idle_.work_added();
    pass_on("work_added");
  }
  // One step of worker w, whichever fits its state; `kind` chooses among several.
  void step(unsigned w, std::uint64_t kind) {
    switch (workers_[w]) {
      case state::awake:
        return kind % 2 == 0 ? begin_search(w) : prepare_sleep(w, false);
      case state::searching:
        return kind % 2 == 0 ? found(w) : prepare_sleep(w, true);
      case state::asleep:
        return kind % 3 == 0 ? commit(w, false) : kind % 3 == 1 ? cancel(w, false) : collision(w);
      case state::chosen:
        return kind % 2 == 0 ? commit(w, true) : cancel(w, true);
    }
  }
  void begin_search(unsigned w) {
    if (idle_.begin_search(w)) workers_[w] = state::searching;
    woken("begin_search", 0, 0);
  }
  void found(unsigned w) {
    workers_[w] = state::awake;
    idle_.end_search_found(w);
    pass_on("end_search_found");
  }
  void prepare_sleep(unsigned w, bool searched) {
    workers_[w] = state::asleep;
    const bool again = idle_.prepare_sleep(w, searched);
    ASSERT_TRUE(again || !nobody_searches()) << "ID1: prepare_sleep asks for no look although nobody searches";
    ASSERT_TRUE(again || !I::claims.always_recheck) << "claims.always_recheck";
    woken("prepare_sleep", 0, 0);
  }
  void cancel(unsigned w, bool chosen) {
    workers_[w] = chosen ? after_wake() : state::awake;
    ASSERT_EQ(idle_.cancel_sleep(w), chosen) << "ID2: cancel_sleep of a worker that " << (chosen ? "was chosen" : "nobody chose");
    ASSERT_FALSE(parkers_.permit[w]) << "ID2: a permit is left over for the next sleep";
    if (chosen) {
      woken("cancel_sleep", 0, at_most());
    } else {
      pass_on("cancel_sleep");
    }
  }
  void commit(unsigned w, bool chosen) {
    workers_[w] = chosen ? after_wake() : state::awake;
    ASSERT_EQ(idle_.commit_sleep(w, chosen ? never : 1), chosen) << "ID2: commit_sleep of a worker that " << (chosen ? "was chosen" : "nobody chose");
    ASSERT_FALSE(parkers_.permit[w]) << "ID2: a permit is left over for the next sleep";
    woken("commit_sleep", 0, 0);
  }
  // A waker acts when w has committed and its deadline fires in the same moment. Whom it chooses is the policy's business.
  void collision(unsigned w) {
    if (!nobody_searches()) return;
    parkers_.before_park = [&] { idle_.work_added(); };
    parkers_.deadline_first = true;
    const bool woke = idle_.commit_sleep(w, 1);
    bool chosen = false;
    for (const unsigned u : std::exchange(parkers_.unparked, {})) {
      ASSERT_EQ(workers_[u], state::asleep) << "ID2: work_added chose worker " << u << ", which is not in the sleeping set";
      workers_[u] = state::chosen;
      chosen = chosen || u == w;
    }
    ASSERT_EQ(woke, chosen) << "ID2: the deadline and a waker met";
    workers_[w] = chosen ? after_wake() : state::awake;
    ASSERT_FALSE(parkers_.permit[w]) << "ID2: a permit is left over for the next sleep";
    look("a deadline that met a waker");
  }
  void wake_all() {
    all_woken_ = true;
    const unsigned asleep = count(state::asleep);
    idle_.wake_all();
    woken("wake_all", asleep, asleep);
  }
};

template <class I>
void sequential() {
  random_numbers random;
  for (const unsigned workers : {1u, 2u, 3u, 8u, 256u}) {
    for (unsigned round = 0; round != 30; ++round) {
      model<I> m(workers);
      for (unsigned step = 0; step != 300; ++step) {
        if (random.one_in(6)) {
          m.work_added();
        } else {
          m.step(static_cast<unsigned>(random.below(workers)), random.next() >> 8);
        }
        ASSERT_FALSE(testing::Test::HasFatalFailure()) << workers << " workers, step " << step;
      }
      m.wake_all();
      ASSERT_FALSE(testing::Test::HasFatalFailure()) << workers << " workers, the end";
    }
  }
}

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
      } else if (native::now() >= deadline) {
        return false;
      } else {
        p.wake.wait_for(lock, std::chrono::nanoseconds(deadline - native::now()));
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
template <class I>
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
    native::fence(seq_cst);
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
      const nanoseconds_t deadline = deadlines_ && random.one_in(2) ? native::now() + static_cast<nanoseconds_t>(random.below(60'000)) : never;
      searching = idle_.commit_sleep(me, deadline) && I::claims.woken_searches;
    }
    gone_.fetch_add(1);
  }

  // Pushes a few tasks at a time, for nobody's queue or a worker's, and waits until they ran.
  void feed(unsigned milliseconds) {
    random_numbers random;
    unsigned pushed = 0;
    for (time_box box(milliseconds); box.more() && !testing::Test::HasFailure();) {
      for (std::uint64_t n = 1 + random.below(4); n != 0; --n, ++pushed) push(static_cast<unsigned>(random.below(queues_.size())));
      for (patient_loop wait; ran_.load() != pushed;) {
        if (wait.turn()) continue;
        const std::uint32_t word = idle_.word().load(relaxed);
        ADD_FAILURE() << "ID1: " << pushed - ran_.load() << " tasks stay queued; " << sleeping_in(word) << " of " << workers_ << " sleep, "
                      << searching_in(word) << " search";
        break;
      }
      for (std::uint64_t spin = random.below(400); spin != 0; --spin) native::pause();
    }
    if (!deadlines_ && !testing::Test::HasFailure()) all_asleep();
    finish();
  }
  void all_asleep() {
    for (patient_loop wait; idle_.word().load(relaxed) != workers_;) {
      if (wait.turn()) continue;
      const std::uint32_t word = idle_.word().load(relaxed);
      ADD_FAILURE() << "ID3: nothing to do, and " << sleeping_in(word) << " of " << workers_ << " sleep, " << searching_in(word) << " search";
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

template <class I>
void work_is_found(unsigned workers, bool deadlines) {
  const auto c = std::make_unique<crew<I>>(workers, deadlines);
  together(workers + 1, [&](unsigned i) { i == workers ? c->feed(200) : c->work(i); });
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<native>;
  if constexpr (shape::idle<policy, native>()) {
    static const suite s("idle", name);
    s.test("ID1_ID2_ID3_ID4_ID5_sequential_model", [] { sequential<policy>(); });
    s.test("ID1_ID2_ID3_ID4_ID5_work_is_found", [] { work_is_found<policy>(2, false); });
    s.test("ID1_ID2_ID3_ID4_ID5_work_is_found_crowded", [] { work_is_found<policy>(5, false); });
    s.test("ID1_ID2_ID5_work_is_found_with_deadlines", [] { work_is_found<policy>(3, true); });
  }
}

}  // namespace stealyard::conformance::idle_suite
