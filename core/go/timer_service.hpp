// What timers and contexts share of the runtime: where a new timer lives, who must hear that it was armed, and how it starts a goroutine.
#pragma once
#include "core/go/run.hpp"
#include "core/go/time.hpp"

#include <memory>

namespace stealyard::detail {

using product_home = sched::timer_home<sched::product>;

// Where a timer that the caller makes lives. Panics outside run.
std::shared_ptr<product_home> home_here();
// Whoever sleeps longer than `when` must hear of it.
void tell_sleepers(nanoseconds_t when) noexcept;
[[noreturn]] void panic_run_has_ended();

// Who made it.
struct origin {
  std::uint64_t goroutine;  // 0: none
  std::source_location site;
};
origin origin_here(std::source_location site) noexcept;

// A goroutine that runs f, for a timer that fires: on a worker, under the home's lock. The caller makes it ready.
template <class F>
sched::product_task* new_goroutine(const origin& made, F f) noexcept {
  using sched::product;
  sched::product_worker& w = *product::worker_here();
  sched::product_task& t = product::make_task(w, made.site);
  t.created_by.store(made.goroutine, relaxed);
  store_closure(t, std::move(f));
  if (w.owner.eager_stacks) sched::give_stack_at_birth(w, t);
  return &t;
}

}  // namespace stealyard::detail
