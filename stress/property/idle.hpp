// Properties of an idle policy, in one thread: after any steps of any workers the word is right, and whoever must be woken was
// (ID1 to ID5).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/idle.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

namespace stealyard::property::idle_suite {

template <class I>
using system = reference::idle<I>;

// A step of one worker; both numbers are taken modulo what is there.
template <class I>
struct step : command<system<I>> {
  unsigned worker = *rc::gen::inRange(0u, 6u);
  unsigned choice = *rc::gen::inRange(0u, 6u);
  void call(system<I>& i) const override { i.step(worker % i.workers(), choice); }
  void show(std::ostream& out) const override { out << "step " << choice << " of worker " << worker; }
};
template <class I>
struct work_added : command<system<I>> {
  void call(system<I>& i) const override { i.work_added(); }
  void show(std::ostream& out) const override { out << "work_added"; }
};

template <class I>
void any_sequence() {
  holds([] {
    system<I> i(*rc::gen::inRange(1u, 7u).as("workers"));
    sequence<step<I>, step<I>, step<I>, work_added<I>>(i);
    i.wake_all();
  });
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (conformance::shape::idle<policy, real>()) {
    static const conformance::suite s("idle", name, "property");
    s.test("ID1_ID2_ID3_ID4_ID5_any_sequence", [] { any_sequence<policy>(); });
  }
}

}  // namespace stealyard::property::idle_suite
