// Programs on an idle policy: workers that run, search and sleep by the protocol of core/contract/idle.hpp, over queues of tasks, and
// strangers that push. ID1: every task is taken, once, by somebody who sees what its pusher wrote, and none is left behind while a worker
// sleeps. ID3 at the end, ID4 throughout, ID5 by those who are told to stop.
//
// Programs of tasks end by themselves, as an engine needs that cannot tell a rest from a deadlock:
//   worker     the tasks it pushes before it looks for work, until the last one stops everybody
//                a plain   b pushes a child   r pushes a child, then waits for it
//                w waits for a second task, which its pusher pushes right after it
//   stranger   x, then the tasks it pushes
// Programs of turns are the explorer's, and as short as a program of the protocol can be: a worker that has come to its end is busy for
// good, so that others must take what is left, if there are any.
//   worker     u pushes a task   s looks for a task, and sleeps until it has one   q stops everybody
//   stranger   x, then u or q
#pragma once
#include "core/contract/idle.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

#include <algorithm>
#include <bit>

namespace stealyard::model::idle_suite {

inline constexpr unsigned most_tasks = 10;
inline constexpr unsigned nothing = most_tasks;
inline constexpr unsigned everybody = world::max_model_threads;  // home of strangers' tasks

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

// What pushers and workers have in common: queues, the policy, and the two sides of its protocol.
template <class Idle>
class crew {
  const unsigned workers_;
  const bool stops_;
  permits permits_;
  Idle idle_;
  // A queue for each home, as a word with a bit for each task in it: a look is one load, not one for each task there ever was.
  checked::atomic<std::uint32_t> queues_[world::max_model_threads + 1];
  checked::plain<unsigned> payload_[most_tasks];
  std::array<bool, most_tasks> taken_{};
  checked::atomic<std::uint32_t> stop_{0};
  bool stopping_ = false;
  std::uint32_t left_searching_ = 0;

  unsigned take_from(unsigned home) {
    std::uint32_t seen = queues_[home].load(acquire);
    while (seen != 0) {
      const auto id = static_cast<unsigned>(std::countr_zero(seen));
      if (queues_[home].compare_exchange_strong(seen, seen & (seen - 1), acquire, acquire)) return id;
    }
    return nothing;
  }
  // As the scheduler looks: at its own queue and the strangers', at others' as a searcher, at all but its own before it sleeps.
  unsigned take_here(unsigned me) {
    const unsigned id = take_from(me);
    return id == nothing ? take_from(everybody) : id;
  }
  unsigned steal(unsigned me) {
    unsigned id = nothing;
    for (unsigned other = 0; other != workers_ && id == nothing; ++other) {
      if (other != me) id = take_from(other);
    }
    return id;
  }
  unsigned look_everywhere(unsigned me) {
    const unsigned id = take_from(everybody);
    return id == nothing ? steal(me) : id;
  }
  bool told_to_stop() { return stops_ && stop_.load(acquire) != 0; }
  void check_searchers() {
    const unsigned searching = searching_in(idle_.word().newest());
    require(stopping_ || searching <= Idle::claims.searchers_limit(workers_), "ID4: more searchers than the policy claims");
  }
  unsigned took(unsigned id) {
    world::the_trace.note(world::model_thread(), "has task %u", id);
    require(!std::exchange(taken_[id], true), "ID1: a task was taken twice");
    require(payload_[id].take() == 1000 + id, "ID1: a task came without what its pusher wrote");
    return id;
  }

 public:
  crew(unsigned workers, bool stops) : workers_(workers), stops_(stops), idle_(workers, permits_) {}

  void push(unsigned id, unsigned home) {
    payload_[id].put(1000 + id);
    world::the_trace.note(world::model_thread(), "push task %u", id);
    queues_[home].fetch_add(1u << id, release);
    checked::fence(seq_cst);
    if (someone_should_wake(idle_.word().load(relaxed))) idle_.work_added();
  }
  // The next task for `me`, sleeping until there is one; nothing, once everybody is told to stop.
  unsigned find(unsigned me) {
    bool searching = false;
    for (;;) {
      unsigned id = take_here(me);
      if (id == nothing) {
        if (!searching) searching = idle_.begin_search(me);
        check_searchers();
        if (searching) id = steal(me);
      }
      if (id != nothing) {
        if (searching) idle_.end_search_found(me);
        return took(id);
      }
      const bool look_again = idle_.prepare_sleep(me, searching);
      searching = false;
      bool stopped = told_to_stop();
      if (look_again && !stopped) id = look_everywhere(me);
      if (id != nothing || stopped) {
        searching = idle_.cancel_sleep(me) && Idle::claims.woken_searches;
        if (id != nothing) {
          if (searching) idle_.end_search_found(me);
          return took(id);
        }
      } else {
        searching = idle_.commit_sleep(me, never) && Idle::claims.woken_searches;
        check_searchers();
        stopped = told_to_stop();
      }
      if (!stopped) continue;
      // Not ended by end_search_found, which would wake whom wake_all forgot.
      left_searching_ += searching ? 1 : 0;
      return nothing;
    }
  }
  void stop() {
    stopping_ = true;
    stop_.store(1, relaxed);
    checked::fence(seq_cst);
    idle_.wake_all();
  }

  bool stopping() const noexcept { return stopping_; }
  bool taken(unsigned id) const noexcept { return taken_[id]; }
  // Where nobody is on the way: ID3.
  void check_word(unsigned asleep) {
    require(idle_.word().newest() == left_searching_ * one_searching + asleep * one_sleeping,
            "ID3: the word counts others than those that are there");
  }
};

inline unsigned workers_of(const program& p) {
  return static_cast<unsigned>(std::count_if(p.threads.begin(), p.threads.end(), [](const auto& t) { return !t.starts_with('x'); }));
}

template <class Idle>
class tasks_program final : public scenario {
  struct task {
    char letter = 'a';
    unsigned child = nothing;
    checked::atomic<std::uint32_t> done{0};
  };

  const program& program_;
  const unsigned workers_;
  crew<Idle> crew_;
  task tasks_[most_tasks];
  std::array<unsigned, world::max_model_threads> first_{};  // task of each thread
  unsigned count_ = 0;
  checked::atomic<std::uint32_t> unfinished_{0};

  static const char* tasks_in(const std::string& word) { return word.c_str() + (word.starts_with('x') ? 1 : 0); }

  // True: it was the last, and everybody is told to stop.
  bool execute(unsigned id, unsigned me) {
    task& t = tasks_[id];
    if (t.letter == 'b' || t.letter == 'r') crew_.push(t.child, me);
    if (t.letter == 'r' || t.letter == 'w') {
      while (tasks_[t.child].done.load(acquire) == 0) checked::wait(tasks_[t.child].done, 0);
    }
    t.done.store(1, release);
    checked::wake(t.done, 1);
    if (unfinished_.fetch_sub(1u, acq_rel) != 1) return false;
    crew_.stop();
    return true;
  }

 public:
  explicit tasks_program(const program& p) : program_(p), workers_(workers_of(p)), crew_(workers_, true) {
    for (unsigned t = 0; t != p.threads.size(); ++t) {
      first_[t] = count_;
      for (const char* letter = tasks_in(p.threads[t]); *letter != 0; ++letter) {
        tasks_[count_].letter = *letter;
        const unsigned id = count_++;
        if (*letter != 'a') tasks_[id].child = count_++;
      }
    }
    unfinished_.store(count_, relaxed);
  }
  void thread(unsigned index) override {
    const bool worker = index < workers_;
    unsigned id = first_[index];
    for (const char* letter = tasks_in(program_.threads[index]); *letter != 0; ++letter) {
      const unsigned home = worker ? index : everybody;
      crew_.push(id, home);
      if (*letter == 'w') crew_.push(id + 1, home);
      id += *letter == 'a' ? 1 : 2;
    }
    if (!worker) return;
    for (unsigned found = crew_.find(index); found != nothing && !execute(found, index);) found = crew_.find(index);
  }
  void after() override {
    for (unsigned id = 0; id != count_; ++id) require(crew_.taken(id), "ID1: a task was never executed");
    crew_.check_word(0);
  }
};

template <class Idle>
class turns_program final : public scenario {
  const program& program_;
  const unsigned workers_;
  crew<Idle> crew_;
  std::array<unsigned, world::max_model_threads> first_{};  // task of each thread
  unsigned count_ = 0;
  std::array<bool, most_tasks> pushed_{};
  unsigned looking_ = 0;  // workers

  static bool stops(const program& p) {
    return std::any_of(p.threads.begin(), p.threads.end(), [](const auto& t) { return t.find('q') != t.npos; });
  }
  bool all_taken() const {
    for (unsigned id = 0; id != count_; ++id) {
      if (pushed_[id] && !crew_.taken(id)) return false;
    }
    return true;
  }

 public:
  explicit turns_program(const program& p) : program_(p), workers_(workers_of(p)), crew_(workers_, stops(p)) {
    for (unsigned t = 0; t != p.threads.size(); ++t) {
      first_[t] = count_;
      count_ += static_cast<unsigned>(std::count(p.threads[t].begin(), p.threads[t].end(), 'u'));
    }
  }
  void thread(unsigned index) override {
    unsigned mine = first_[index];
    for (const char letter : program_.threads[index]) {
      switch (letter) {
        case 'u':
          crew_.push(mine, index < workers_ ? index : everybody);
          pushed_[mine++] = true;
          break;
        case 's':
          ++looking_;
          if (crew_.find(index) == nothing) return;
          --looking_;
          break;
        case 'q':
          crew_.stop();
          break;
        default:
          break;
      }
    }
  }
  bool may_rest() override {
    if (!all_taken() || crew_.stopping()) return false;
    crew_.check_word(looking_);
    return true;
  }
  void after() override { crew_.check_word(0); }
};

template <template <class> class I>
void add(const char* name) {
  using policy = I<checked>;
  static_assert(contract::idle<policy, checked>);
#if defined(STEALYARD_EXPLORER)
  add_entry<turns_program<policy>>("idle", name, {});
#else
  add_entry<tasks_program<policy>>("idle", name, {});
#endif
}

}  // namespace stealyard::model::idle_suite
