// Programs on an idle policy: workers that run, search and sleep by the protocol of core/contract/idle.hpp, over a bag of tasks, and
// strangers that push. ID1: every task is executed, exactly once, and a task left behind while workers sleep is a deadlock, because
// strangers' tasks have no other worker, and a task may wait for its child to be run by somebody else. ID3 at the end, ID4 throughout, ID5
// by the end itself: the last task stops everybody.
//
//   worker     the tasks it pushes before it looks for work
//                a plain   b pushes a child   r pushes a child, then waits for it
//                w waits for a second task, which its pusher pushes right after it
//   stranger   x, then the tasks it pushes
#pragma once
#include "core/contract/idle.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

namespace stealyard::model::idle_suite {

inline constexpr unsigned most_tasks = 10;
inline constexpr unsigned nothing = most_tasks;
inline constexpr unsigned everybody = 99;  // home of strangers' tasks

// The parkers of the scheduler, as plain as they can be: no order but that of the permit itself.
class permits final : public idle_sleepers {
  checked::atomic<std::uint32_t> permit_[world::max_model_threads];

 public:
  bool park(unsigned worker, nanoseconds_t deadline) noexcept override {
    for (;;) {
      if (permit_[worker].exchange(0, acquire) == 1) return true;
      if (deadline != never && checked::now() >= deadline) return false;
      checked::wait_until(permit_[worker], 0, deadline);
    }
  }
  void unpark(unsigned worker) noexcept override {
    permit_[worker].exchange(1, release);
    checked::wake(permit_[worker], 1);
  }
};

template <class Idle>
class run final : public scenario {
  struct task {
    char letter = 'a';
    unsigned child = nothing;
    unsigned home = everybody;
    unsigned runs = 0;
    checked::plain<unsigned> payload{};
    checked::atomic<std::uint32_t> queued{0};  // 1 queued, 2 taken
    checked::atomic<std::uint32_t> done{0};
  };

  const program& program_;
  unsigned workers_ = 0;
  permits permits_;
  std::unique_ptr<Idle> idle_;
  task tasks_[most_tasks];
  std::array<unsigned, world::max_model_threads> first_{};  // task of each thread
  unsigned count_ = 0;
  checked::atomic<std::uint32_t> unfinished_{0};
  checked::atomic<std::uint32_t> stop_{0};
  bool stopping_ = false;
  std::uint32_t left_searching_ = 0;

  static const char* tasks_in(const std::string& word) { return word.c_str() + (word.starts_with('x') ? 1 : 0); }

  void push(unsigned id, unsigned home) {
    task& t = tasks_[id];
    t.home = home;
    t.payload.put(1000 + id);
    world::the_trace.note(world::model_thread(), "push task %u", id);
    t.queued.store(1, release);
    checked::fence(seq_cst);
    if (someone_should_wake(idle_->word().load(relaxed))) idle_->work_added();
  }
  unsigned take(unsigned me, bool anywhere) {
    for (unsigned id = 0; id != count_; ++id) {
      task& t = tasks_[id];
      if (!anywhere && t.home != me && t.home != everybody) continue;
      std::uint32_t expected = 1;
      if (t.queued.load(acquire) == 1 && t.queued.compare_exchange_strong(expected, 2, acquire, relaxed)) return id;
    }
    return nothing;
  }
  void execute(unsigned id, unsigned me) {
    task& t = tasks_[id];
    world::the_trace.note(world::model_thread(), "run task %u (%c)", id, t.letter);
    require(++t.runs == 1, "ID1: a task was executed twice");
    require(t.payload.take() == 1000 + id, "ID1: a task came without what its pusher wrote");
    if (t.letter == 'b' || t.letter == 'r') push(t.child, me);
    if (t.letter == 'r' || t.letter == 'w') {
      while (tasks_[t.child].done.load(acquire) == 0) checked::wait(tasks_[t.child].done, 0);
    }
    t.done.store(1, release);
    checked::wake(t.done, 1);
    if (unfinished_.fetch_sub(1u, acq_rel) == 1) stop();
  }
  void stop() {
    stopping_ = true;
    stop_.store(1, relaxed);
    checked::fence(seq_cst);
    idle_->wake_all();
  }
  void check_searchers() {
    const unsigned searching = searching_in(idle_->word().newest());
    require(stopping_ || searching <= Idle::claims.searchers_limit(workers_), "ID4: more searchers than the policy claims");
  }

  void work(unsigned me) {
    bool searching = false;
    const auto found = [&](unsigned id) {
      if (searching) idle_->end_search_found(me);
      searching = false;
      execute(id, me);
    };
    while (stop_.load(acquire) == 0) {
      if (const unsigned id = take(me, false); id != nothing) {
        found(id);
        continue;
      }
      if (!searching) searching = idle_->begin_search(me);
      check_searchers();
      if (searching) {
        if (const unsigned id = take(me, true); id != nothing) {
          found(id);
          continue;
        }
      }
      const bool look_again = idle_->prepare_sleep(me, searching);
      searching = false;
      const bool stopped = stop_.load(acquire) != 0;
      const unsigned id = look_again && !stopped ? take(me, true) : nothing;
      if (id != nothing || stopped) {
        searching = idle_->cancel_sleep(me) && Idle::claims.woken_searches;
        if (stopped) break;
        found(id);
        continue;
      }
      searching = idle_->commit_sleep(me, never) && Idle::claims.woken_searches;
      check_searchers();
    }
    // Not ended by end_search_found, which would wake whom wake_all forgot.
    left_searching_ += searching ? 1 : 0;
  }

 public:
  explicit run(const program& p) : program_(p) {
    for (unsigned t = 0; t != p.threads.size(); ++t) {
      if (!p.threads[t].starts_with('x')) ++workers_;
      first_[t] = count_;
      for (const char* letter = tasks_in(p.threads[t]); *letter != 0; ++letter) {
        tasks_[count_].letter = *letter;
        const unsigned id = count_++;
        if (*letter != 'a') tasks_[id].child = count_++;
      }
    }
    unfinished_.store(count_, relaxed);
    idle_ = std::make_unique<Idle>(workers_, permits_);
  }
  void thread(unsigned index) override {
    const bool worker = index < workers_;
    unsigned id = first_[index];
    for (const char* letter = tasks_in(program_.threads[index]); *letter != 0; ++letter) {
      const unsigned home = worker ? index : everybody;
      push(id, home);
      if (*letter == 'w') push(id + 1, home);
      id += *letter == 'a' ? 1 : 2;
    }
    if (worker) work(index);
  }
  void after() override {
    for (unsigned id = 0; id != count_; ++id) require(tasks_[id].runs == 1, "ID1: a task was never executed");
    require(idle_->word().load(relaxed) == left_searching_ * one_searching, "ID3: the word counts others than those that are there");
  }
};

template <template <class> class I>
void add(const char* name) {
  using policy = I<checked>;
  static_assert(contract::idle<policy, checked>);
  add_entry<run<policy>>("idle", name, {});
}

}  // namespace stealyard::model::idle_suite
