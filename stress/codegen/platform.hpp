// The least that a channel needs to be compiled: a scheduler platform whose parts are opaque calls.
#pragma once
#include "core/sched/waiter.hpp"

#include <cstdint>

namespace stealyard::codegen {

template <class W>
struct platform {
  using world = W;
  using worker = sched::worker<platform>;
  using task = sched::task<platform>;
  using reason = const char*;
  static constexpr bool watches_stuck_workers = false;

  struct place {};
  struct stack {
    place base;
  };
  struct visit {  // of a foreign thread that wakes somebody
    visit() noexcept;
    ~visit();
  };
  struct task_extras {
    bool unborn = false;
  };
  struct worker_extras {};
  struct run_queue {
    outcome try_push(task*) noexcept;
    outcome try_pop(task*&) noexcept;
    outcome try_steal(task*&) noexcept;
    bool probably_empty() const noexcept;
  };
  struct parker {
    bool park(nanoseconds_t) noexcept;
    void unpark() noexcept;
  };
  struct victim {
    explicit victim(const victim_view&);
    void begin_pass(unsigned) noexcept;
    unsigned next(unsigned) noexcept;
  };
  struct idle {
    static constexpr idle_claims claims{};
    atomic<W, std::uint32_t>& word() noexcept;
    void work_added() noexcept;
    bool begin_search(unsigned) noexcept;
    void end_search_found(unsigned) noexcept;
    bool prepare_sleep(unsigned, bool) noexcept;
    bool cancel_sleep(unsigned) noexcept;
    bool commit_sleep(unsigned, nanoseconds_t) noexcept;
    void wake_all() noexcept;
  };
  struct timers {
    static nanoseconds_t earliest() noexcept;
    static task* take_due(worker&, bool) noexcept;
  };
  struct parts {
    run_queue make_run_queue();
    parker make_parker();
    victim make_victim(const victim_view&);
    idle make_idle(unsigned, idle_sleepers&);
  };
  struct scheduler_extras {
    explicit scheduler_extras(parts&) {}
  };

  static worker* worker_here() noexcept;
  static void enter_worker(worker&) noexcept;
  static void leave_worker(worker&) noexcept;
  static void* switch_to(worker&, place&, stack&, place&, stack&, void*) noexcept;
  [[noreturn]] static void leave(stack&, place&, stack&) noexcept;
  static constexpr std::uint32_t most_idle_stacks = 1;
  static stack& new_stack(worker&) noexcept;
  static void recycle(worker&, task&) noexcept;
  static worker* come_back(task&) noexcept;
  static void note_reason(task&, reason) noexcept;
  static void nothing_can_happen(sched::scheduler<platform>&) noexcept;
  static std::uint32_t distance(const sched::scheduler<platform>&, unsigned, unsigned) noexcept;
};

// More special than the worker loop's own, and found by their arguments: blocking and waking are one call each, so that what is
// compared is the channel.
template <class W>
void park(sched::worker<platform<W>>&, sched::post_action&) noexcept;
template <class W>
void ready(sched::worker<platform<W>>&, sched::task<platform<W>>*) noexcept;

}  // namespace stealyard::codegen
