// The scheduler's platform in the model: a task is a plain function, a stack is a model thread, a context switch is the hand-over of
// the worker's baton. Everything else (worker loop, post actions, private slots, idle protocol, waiter) is the product's own text.
//
// A thread that switches away marks its place saved, hands the baton to the destination's thread, and waits for a baton itself. Whoever
// resumes a place that is not saved yet gets a verdict: this is what the post-switch order is for.
#pragma once
#include "stress/model/checked.hpp"

#include "core/contract/idle.hpp"
#include "core/contract/run_queue.hpp"
#include "core/contract/victim.hpp"
#include "core/sched/timer_home.hpp"
#include "core/sched/waiter.hpp"
#include "core/sched/worker_loop.hpp"
#include "stress/model/scenario.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace stealyard::model {

// Leaves a base loop for good: thrown into a stack nobody needs any more.
struct baton_withdrawn {};

// Self: the platform itself, which may replace what is here.
template <class Self, template <class, class> class Queue, template <class> class Parker, template <class> class Idle,
          template <class> class Victim>
struct platform_of {
  using self = Self;
  using world = checked;
  using worker = sched::worker<self>;
  using task = sched::task<self>;
  using reason = const char*;
  struct visit {
    visit() noexcept {}  // the model's scheduler outlives its threads
  };
  using run_queue = Queue<checked, task*>;
  using parker = Parker<checked>;
  using idle = Idle<checked>;
  using victim = Victim<checked>;
  static constexpr bool watches_stuck_workers = false;  // its time-outs would hide a lost wake-up
  static constexpr unsigned spin_rounds = 1, spin_pauses = 1;

  // Where something goes on. Race-checked: saving must happen before resuming.
  struct place {
    checked::plain<std::uint32_t> saved;
    place() { saved.put(0u); }
  };

  struct stack {
    place base;
    atomic<checked, std::uint32_t> baton{0};
    checked::plain<worker*> worker_in_baton;
    checked::plain<void*> arg_in_baton;
    bool withdrawn = false;  // written before the last baton, read after it
    stack() {
      worker_in_baton.put(nullptr);
      arg_in_baton.put(nullptr);
      base.saved.poke() = 1;  // fresh: whoever switches to it starts its base loop
    }

    void hand(worker* w, void* arg) noexcept {
      worker_in_baton.poke() = w;
      arg_in_baton.poke() = arg;
      baton.store(1u, release);
      checked::wake(baton, 1);
    }
    void* await(worker*& bearer) {
      while (baton.load(acquire) == 0) checked::wait(baton, 0);
      baton.store(0u, relaxed);
      if (withdrawn) throw baton_withdrawn{};
      bearer = worker_in_baton.peek();
      return arg_in_baton.peek();
    }
  };

  struct task_extras {
    void (*body)(void* scenario) = nullptr;
    void* scenario = nullptr;
    unsigned finished = 0;
    bool unborn = false;
  };
  struct worker_extras {};

  struct parts {
    std::vector<stack>* pool = nullptr;
    atomic<checked, std::uint32_t>* next_stack = nullptr;
    run_queue make_run_queue() { return run_queue(1); }
    parker make_parker() { return {}; }
    victim make_victim(const victim_view& view) { return victim(view); }
    idle make_idle(unsigned workers, idle_sleepers& sleepers) { return idle(workers, sleepers); }
    auto make_idle_policy(unsigned workers, idle_sleepers& sleepers) {
      return std::make_unique<typename idle::policy_type>(workers, sleepers);
    }
  };
  struct scheduler_extras {
    parts& used;
    explicit scheduler_extras(parts& p) : used(p) {}
  };

  // What a timer_home keeps its timers in: a list, touched under its lock only, as the race detector sees.
  class timer_queue {
    std::vector<sched::timer<self>*> inside_;
    std::unique_ptr<checked::plain<std::uint32_t>> changes_ = std::make_unique<checked::plain<std::uint32_t>>();

   public:
    timer_queue() { changes_->put(0u); }
    void insert(sched::timer<self>& t) {
      changes_->poke() += 1;
      inside_.push_back(&t);
    }
    bool erase(sched::timer<self>& t) noexcept {
      changes_->poke() += 1;
      return std::erase(inside_, &t) != 0;
    }
    sched::timer<self>* pop_due(nanoseconds_t now) noexcept {
      const auto due = std::find_if(inside_.begin(), inside_.end(), [&](auto* t) { return t->when <= now; });
      if (due == inside_.end()) return nullptr;
      sched::timer<self>* const t = *due;
      erase(*t);
      return t;
    }
    nanoseconds_t earliest() const noexcept { return inside_.empty() ? never : inside_.front()->when; }
  };

  // The model's workers have no timers: sleeping would end every deadlock.
  struct timers {
    timers(parts&, unsigned) {}
    static nanoseconds_t earliest() noexcept { return never; }
    static task* take_due(worker&, bool) noexcept { return nullptr; }
  };

  // The worker whose baton the calling model thread holds; null for a foreign thread.
  static inline worker* here[stealyard::world::max_model_threads] = {};
  static void forget_workers() noexcept { std::fill(std::begin(here), std::end(here), nullptr); }  // of the execution before
  static worker* worker_here() noexcept { return here[stealyard::world::model_thread()]; }
  static void enter_worker(worker& w) noexcept { here[stealyard::world::model_thread()] = &w; }
  static void leave_worker(worker&) noexcept { here[stealyard::world::model_thread()] = nullptr; }

  static void* switch_to(worker& w, place& from, stack& from_stack, place& to, stack& to_stack, void* arg) {
    require(to.saved.peek() == 1, "resumed a task whose switch away has not finished");
    to.saved.poke() = 0;
    from.saved.poke() = 1;
    here[stealyard::world::model_thread()] = nullptr;
    to_stack.hand(&w, arg);
    worker* now = nullptr;
    void* arrived = from_stack.await(now);
    enter_worker(*now);
    return arrived;
  }

  static stack& new_stack(worker& w) noexcept {
    parts& p = w.owner.used;
    const std::uint32_t i = p.next_stack->fetch_add(1u, relaxed);
    require(i < p.pool->size(), "more stacks in use than tasks that can park, plus workers");
    return (*p.pool)[i];
  }
  static worker* come_back(task&) noexcept {  // the model's tasks never leave their worker
    require(false, "a task ended without a worker");
    return nullptr;
  }
  static constexpr std::uint32_t most_idle_stacks = 32;  // all: there is no pool to give any back to
  static void flush_stacks(worker&) noexcept { require(false, "more idle stacks than a model's worker has room for"); }
  static void retire(worker&) noexcept {}
  static void recycle(worker&, task& t) noexcept {
    t.stack = nullptr;
    ++t.finished;
  }
  static std::uint32_t distance(const sched::scheduler<self>&, unsigned a, unsigned b) noexcept { return a == b ? 0 : 1; }
  static void nothing_can_happen(sched::scheduler<self>&) noexcept {}  // Relacy sees that everybody sleeps
  static void note_reason(task&, reason) noexcept {}
};

template <template <class, class> class Queue, template <class> class Parker, template <class> class Idle, template <class> class Victim>
struct model_platform : platform_of<model_platform<Queue, Parker, Idle, Victim>, Queue, Parker, Idle, Victim> {};

}  // namespace stealyard::model
