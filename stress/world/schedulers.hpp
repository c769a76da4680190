// schedulers: who runs at each step, and every other choice of an execution, from (kind, seed, iteration) alone.
//
// Relacy's own generator is defective (a linear congruence reseeded with the iteration: it misses bugs that splitmix64 finds within
// thousands). `random` picks uniformly. `pct` (Burckhardt et al., ASPLOS 2010) runs the thread of highest priority and
// lowers it at depth - 1 points chosen beforehand: a bug that needs d ordered steps is found with probability >= 1/(n k^(d-1)).
#pragma once
#include "stress/world/model_state.hpp"
#include "stress/world/relacy_library.hpp"

namespace stealyard::world {

class splitmix64 {
  std::uint64_t state_;

 public:
  explicit splitmix64(std::uint64_t seed = 0) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint32_t below(std::uint32_t n) noexcept { return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32); }
};

enum class scheduler_kind : std::uint8_t { random, pct };

// What the scheduler runs next. One thread searches, so one of these.
struct search_state {
  scheduler_kind kind = scheduler_kind::random;
  unsigned depth = 3;              // of pct
  std::uint64_t seed = 0;
  std::uint64_t first = 0;         // iteration number of the first execution
  std::uint64_t count = 1;
  unsigned expected_steps = 64;    // pct's k
  std::uint64_t iteration = 0;     // now running
  unsigned steps = 0;              // of the execution now running
  std::uint64_t executions = 0;    // ever: the watchdog looks at it
};
extern search_state the_search;

inline constexpr unsigned max_pct_depth = 8;
inline constexpr unsigned fair_after_steps = 600;  // a starving priority order is not a livelock: from here on choose uniformly

template <rl::thread_id_t Threads>
class model_scheduler : public rl::scheduler<model_scheduler<Threads>, rl::scheduler_thread_info, Threads> {
  using base = rl::scheduler<model_scheduler<Threads>, rl::scheduler_thread_info, Threads>;
  splitmix64 random_;
  std::array<int, Threads> priority_;
  std::array<unsigned, max_pct_depth> change_;
  int lowest_ = 0;

  rl::thread_id_t highest() const {
    rl::thread_id_t best = this->running_threads[0];
    for (rl::thread_id_t i = 1; i != this->running_threads_count; ++i) {
      const rl::thread_id_t t = this->running_threads[static_cast<std::size_t>(i)];
      if (priority_[static_cast<std::size_t>(t)] > priority_[static_cast<std::size_t>(best)]) best = t;
    }
    return best;
  }
  void lower_current() { priority_[static_cast<std::size_t>(this->thread_->index_)] = --lowest_; }

  rl::thread_id_t release(rl::scheduler_thread_info* thread, rl::unpark_reason why, rl::unpark_reason& reason) {
    this->unpark_thread(thread->index_);
    reason = why;
    return thread->index_;
  }

 public:
  struct task_t {};
  using shared_context_t = typename base::shared_context_t;
  model_scheduler(rl::test_params& params, shared_context_t& context, rl::thread_id_t dynamic) : base(params, context, dynamic) {}

  rl::thread_id_t iteration_begin_impl() {
    the_search.iteration = the_search.first + (this->iter_ - 1);
    the_search.steps = 0;
    ++the_search.executions;
    the_model.reset();
    random_ = splitmix64(the_search.seed * 0x2545f4914f6cdd1d + the_search.iteration);
    random_ = splitmix64(random_.next());
    lowest_ = 0;
    for (int i = 0; i != Threads; ++i) priority_[static_cast<std::size_t>(i)] = i + 1;
    for (std::uint32_t i = Threads; i > 1; --i) std::swap(priority_[i - 1], priority_[random_.below(i)]);
    for (unsigned i = 0; i + 1 < the_search.depth; ++i) change_[i] = 1 + random_.below(the_search.expected_steps);
    rl::unpark_reason reason;
    return schedule_impl(reason, 0);
  }
  bool iteration_end_impl() { return this->iter_ == this->params_.iteration_count; }

  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yields) {
    reason = rl::unpark_reason_normal;
    const auto running = static_cast<std::uint32_t>(this->running_threads_count);
    const auto timed = static_cast<std::uint32_t>(this->timed_thread_count_);
    const auto sleeping = static_cast<std::uint32_t>(this->spurious_thread_count_);
    ++the_search.steps;
    if (timed != 0 && (running == 0 || random_.below(16) == 0)) {
      return release(this->timed_threads_[random_.below(timed)], rl::unpark_reason_timeout, reason);
    }
    if (sleeping != 0 && running != 0 && random_.below(32) == 0) {
      return release(this->spurious_threads_[random_.below(sleeping)], rl::unpark_reason_spurious, reason);
    }
    if (the_search.kind == scheduler_kind::random || the_search.steps > fair_after_steps) {
      return this->running_threads[random_.below(running)];
    }
    if (this->thread_ != nullptr) {
      if (yields != 0) lower_current();
      for (unsigned i = 0; i + 1 < the_search.depth; ++i) {
        if (change_[i] == the_search.steps) lower_current();
      }
    }
    return highest();
  }

  unsigned rand_impl(unsigned limit, rl::sched_type) { return random_.below(limit); }
  rl::iteration_t iteration_count_impl() { return this->params_.iteration_count; }
  void get_state_impl(std::ostream&) {}
  void set_state_impl(std::istream&) {}
  void on_thread_block(rl::thread_id_t, bool) {}
  void thread_finished_impl() {}
  void purge_blocked_threads() {}
};

}  // namespace stealyard::world
