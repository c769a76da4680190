#include "core/sched/region.hpp"

#include "core/sched/crew.hpp"
#include "core/sched/threads.hpp"

namespace stealyard::sched {

void region::park_at_home(product_task& task, product_scheduler& owner, product::place& home, product::stack& home_stack) {
  struct arrive : post_action {
    product_task* task;
    product_scheduler* owner;
  };
  arrive after;
  after.task = &task;
  after.owner = &owner;
  after.run = [](post_action& base) noexcept {
    auto& self = static_cast<arrive&>(base);
    product_scheduler& s = *self.owner;  // the goroutine may go on, and its stack change, once it is pushed
    s.push_global(self.task);
    // It may have ended by now, and everybody have gone to sleep withholding the verdict because of us.
    if (s.away.fetch_sub(1u, seq_cst) == 1) s.somebody_look();
  };
  product::note_reason(task, nullptr);
  run_post_action(fiber::keeping_exceptions(
      fiber::exception_globals_here(), [&]() -> void* { return fiber::switch_fiber(task.place, *task.stack, home, home_stack, &after); }));
}

void watch_regions(product_scheduler& s) noexcept { s.crew->watch_regions(); }

bool leave_worker_for_good(product_worker& w) {
  thread_crew& crew = *w.owner.crew;
  runtime_thread* me = this_runtime_thread();
  const std::lock_guard lock(crew.giving());
  if (me == nullptr || !crew.have_spare()) return false;
  me->wired = {w.current, &w.owner, w.home, w.home_stack, 1};
  w.owner.away.fetch_add(1u, seq_cst);
  w.current = nullptr;
  fiber::set_worker_pointer(nullptr);
  crew.give(w);
  return true;
}

product_task* wired_here() noexcept {
  const runtime_thread* me = this_runtime_thread();
  return me == nullptr ? nullptr : me->wired.task;
}

product_scheduler& wired_scheduler() noexcept { return *this_runtime_thread()->wired.owner; }

void wire_deeper() noexcept { ++this_runtime_thread()->wired.depth; }

void unwire() {
  runtime_thread* me = this_runtime_thread();
  if (--me->wired.depth == 0) return_home(*me->wired.task);
}

void return_home(product_task& t) {
  const runtime_thread::wire wired = this_runtime_thread()->wired;
  this_runtime_thread()->wired = {};
  region::park_at_home(t, *wired.owner, *wired.home, *wired.home_stack);
}

}  // namespace stealyard::sched
