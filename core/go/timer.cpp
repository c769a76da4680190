#include "core/go/timer.hpp"

#include "core/go/timer_core.hpp"

namespace stealyard::detail {

namespace {

using sched::product;
using sched::product_task;
using sched::product_worker;
using home = product_home;

// A timer is a channel: whoever holds that has the timer. The last to let go stops it.
struct channel_timer final : time_channel {
  const std::shared_ptr<home> where;
  timer_core<product, clock::time_point> timer;

  channel_timer() : time_channel(0), where(home_here()), timer(*this, *where) {}
};

channel_timer& timer_of(time_channel* c, const char* if_none) {
  if (c == nullptr) panic_text(if_none);
  return static_cast<channel_timer&>(*c);
}

bool arm(channel_timer& t, nanoseconds_t delay, nanoseconds_t period) {
  using was = timer_core<product, clock::time_point>::was;
  if (t.bubble != 0) panic_unless_in_bubble(t.bubble, "reset of synctest timer from outside bubble");
  const nanoseconds_t when = saturating_sum(t.bubble != 0 ? now_ns() : real::now(), delay);
  nanoseconds_t to_tell;
  const was before = t.timer.reset(when, period, to_tell);
  if (before == was::closed) panic_run_has_ended();
  if (t.bubble == 0) tell_sleepers(to_tell);
  return before == was::pending;
}

}  // namespace

std::shared_ptr<home> home_here() {
  if (sched::bubble* b = sched::bubble_here()) return b->home;
  if (product_worker* w = product::worker_here()) return w->owner.timers().of_worker(w->index);
  const sched::foreign_entry entry;
  if (entry.scheduler() == nullptr) panic_text("stealyard: timer outside run");
  return entry.scheduler()->timers().of_worker(0);
}

void tell_sleepers(nanoseconds_t when) noexcept {
  if (when == never) return;
  if (product_worker* w = product::worker_here()) return w->owner.timer_armed(when);
  const sched::foreign_entry entry;
  if (entry.scheduler() != nullptr) entry.scheduler()->timer_armed(when);
}

void panic_run_has_ended() { panic_text("stealyard: timer used after its run has ended"); }

origin origin_here(std::source_location site) noexcept {
  const product_worker* w = product::worker_here();
  sched::bubble* b = sched::bubble_here();
  return {w == nullptr ? 0 : w->current->id.load(relaxed), site, b == nullptr ? nullptr : b->shared_from_this()};
}

nanoseconds_t now_ns() noexcept { return product::now_here(); }

void sleep_until_ns(nanoseconds_t when) {
  product_worker* w = product::worker_here();
  if (w == nullptr) {
    atomic<real, std::uint32_t> nobody_wakes_it{0};
    while (real::now() < when) real::wait_until(nobody_wakes_it, 0, when);
    return;
  }
  struct arm_after : sched::post_action {
    sched::product_timer timer;
    nanoseconds_t due;
    sched::bubble* in_bubble;
    home* where;
  };
  arm_after after;
  after.in_bubble = w->current->of_bubble;
  after.due = when;
  after.timer.sleeper = w->current;
  after.run = [](sched::post_action& base) noexcept {
    auto& self = static_cast<arm_after&>(base);
    product_worker& here = *product::worker_here();
    const bool real_time = self.in_bubble == nullptr;
    home& where = real_time ? *here.owner.timers().of_worker(here.index) : *self.in_bubble->home;
    const nanoseconds_t due = self.due;
    self.where = &where;
    const nanoseconds_t to_tell = where.arm(self.timer, due);  // once armed, it may fire, and the sleeper's stack go on
    if (real_time && to_tell != never) here.owner.timer_armed(to_tell);
  };
  try {
    if (after.in_bubble != nullptr) return after.in_bubble->park_here(*w, after, "sleep");
    product::note_reason(*w->current, "sleep");
    sched::park(*w, after);
  } catch (const goexit_signal&) {
    if (product::roused() && !home::section(*after.where).erase(after.timer)) product::await_wake();
    throw;
  }
  product::note_reason(*product::worker_here()->current, nullptr);
}

time_channel* make_timer(nanoseconds_t delay, nanoseconds_t period) {
  auto made = std::make_unique<channel_timer>();
  arm(*made, delay, period);
  return made.release();
}
bool stop_timer(time_channel* of, const char* if_none) {
  channel_timer& t = timer_of(of, if_none);
  if (t.bubble != 0) panic_unless_in_bubble(t.bubble, "stop of synctest timer from outside bubble");
  return t.timer.stop();
}
bool reset_timer(time_channel* of, nanoseconds_t delay, nanoseconds_t period, const char* if_none) {
  return arm(timer_of(of, if_none), delay, period);
}

func_timer::func_timer(std::source_location site) : home_(home_here()), made_(origin_here(site)) {
  fire = &start;
  forget = [](sched::product_timer& base) noexcept { static_cast<func_timer&>(base).let_go(); };
}

// The goroutine takes over the count of the armed timer.
product_task* func_timer::start(sched::product_timer& base, nanoseconds_t) noexcept {
  auto& self = static_cast<func_timer&>(base);
  return new_goroutine(self.made_, [me = held<func_timer>(&self)] {
    me.get()->armed_after_.acquire();
    me.get()->call();
  });
}

bool func_timer::stop() {
  if (made_.in != nullptr) panic_unless_in_bubble(made_.in->serial, "stop of synctest timer from outside bubble");
  bool armed;
  {
    home::section inside(*home_);
    armed = inside.erase(*this);
  }
  if (armed) let_go();
  return armed;
}

bool func_timer::reset(nanoseconds_t delay) {
  if (made_.in != nullptr) panic_unless_in_bubble(made_.in->serial, "reset of synctest timer from outside bubble");
  armed_after_.merge();
  const nanoseconds_t at = saturating_sum(made_.in != nullptr ? now_ns() : real::now(), delay);
  bool armed;
  nanoseconds_t to_tell;
  {
    home::section inside(*home_, &to_tell);
    if (inside.closed()) panic_run_has_ended();
    armed = inside.put(*this, at);
    if (!armed) hold();
  }
  if (made_.in == nullptr) tell_sleepers(to_tell);
  return armed;
}

}  // namespace stealyard::detail
