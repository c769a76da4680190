// What timers and contexts share of the runtime: where a new timer lives, who must hear that it was armed, and how it starts a goroutine.
#pragma once
#include "core/go/bubble_state.hpp"
#include "core/go/run.hpp"
#include "core/go/time.hpp"

#include <memory>

namespace stealyard::detail {

using product_home = sched::timer_home<sched::product>;

// Where a timer that the caller makes lives. Panics outside run.
std::shared_ptr<product_home> home_here();
// Whoever sleeps longer than `when`, of real time, must hear of it; never: nobody must. What a home's section said.
void tell_sleepers(nanoseconds_t when) noexcept;
[[noreturn]] void panic_run_has_ended();

// Who made it.
struct origin {
  std::uint64_t goroutine;  // 0: none
  std::source_location site;
  std::shared_ptr<sched::bubble> in{};  // null: none
};
origin origin_here(std::source_location site) noexcept;

void go_in_bubble(sched::bubble& in, std::function<void()> f, std::source_location site);

// What a goroutine of a bubble runs: f, and what it holds, end before the goroutine leaves the bubble.
template <class F>
struct bubbled_body {
  std::shared_ptr<sched::bubble> in;
  F f;

  void operator()() {
    struct dismissal {
      sched::bubble& from;
      ~dismissal() { from.dismiss(*sched::product::worker_here()->current); }
    };
    const dismissal at_the_end{*in};
    F body = std::move(f);
    body();
  }
};

// A goroutine that runs f, for a timer that fires: on a worker, under the home's lock. The caller makes it ready.
template <class F>
sched::product_task* new_goroutine(const origin& made, F f) noexcept {
  using sched::product;
  sched::product_worker& w = *product::worker_here();
  sched::product_task& t = product::make_task(w, made.site);
  t.created_by.store(made.goroutine, relaxed);
  if (made.in != nullptr) {
    made.in->enroll(t);
    store_closure(t, bubbled_body<F>{made.in, std::move(f)});
  } else {
    store_closure(t, std::move(f));
  }
  if (w.owner.eager_stacks) sched::give_stack_at_birth(w, t);
  return &t;
}

}  // namespace stealyard::detail
