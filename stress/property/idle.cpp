#include "stress/property/idle.hpp"

#include "stress/property/property.hpp"

namespace stealyard::property::idle_suite {

namespace {

using model = reference::idle;

// A step of one worker; both numbers are taken modulo what is there.
struct step : command<model> {
  unsigned worker = *rc::gen::inRange(0u, 6u);
  unsigned choice = *rc::gen::inRange(0u, 6u);
  void call(model& i) const override { i.step(worker % i.workers(), choice); }
  void show(std::ostream& out) const override { out << "step " << choice << " of worker " << worker; }
};
struct work_added : command<model> {
  void call(model& i) const override { i.work_added(); }
  void show(std::ostream& out) const override { out << "work_added"; }
};

}  // namespace

void any_sequence(const sched::idle_maker& policy) {
  holds([&] {
    model i(policy, *rc::gen::inRange(1u, 7u).as("workers"));
    sequence<step, step, step, work_added>(i);
    i.wake_all();
  });
}

}  // namespace stealyard::property::idle_suite
