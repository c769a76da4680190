// Properties of a run_queue: any sequence of calls by one thread, from any small capacity, gives what axioms and claims say
// (RQ1 to RQ4, RQ6, RQ7, RQ9 to RQ11).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/run_queue.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

namespace stealyard::property::run_queue_suite {

template <class Q>
using system = reference::run_queue<Q>;

template <class Q>
struct push : command<system<Q>> {
  unsigned times = *rc::gen::inRange(1u, 12u);
  void call(system<Q>& q) const override {
    for (unsigned i = 0; i != times; ++i) q.push();
  }
  void show(std::ostream& out) const override { out << "push x" << times; }
};
template <class Q>
struct pop : command<system<Q>> {
  unsigned times = *rc::gen::inRange(1u, 8u);
  void call(system<Q>& q) const override {
    for (unsigned i = 0; i != times; ++i) q.pop();
  }
  void show(std::ostream& out) const override { out << "pop x" << times; }
};
template <class Q>
struct steal : command<system<Q>> {
  void call(system<Q>& q) const override { q.steal(); }
  void show(std::ostream& out) const override { out << "steal"; }
};
template <class Q>
struct steal_batch : command<system<Q>> {
  unsigned room = *rc::gen::inRange(1u, 9u);
  void call(system<Q>& q) const override { q.steal_batch(room); }
  void show(std::ostream& out) const override { out << "steal_batch(room " << room << ")"; }
};
template <class Q>
struct look : command<system<Q>> {
  void call(system<Q>& q) const override { q.look(); }
  void show(std::ostream& out) const override { out << "probably_empty"; }
};

template <class Q>
void any_sequence() {
  holds([] {
    const auto capacity = *rc::gen::element<std::size_t>(1, 2, 3, 8).as("initial capacity");
    system<Q> q(capacity);
    sequence<push<Q>, pop<Q>, steal<Q>, steal_batch<Q>, look<Q>>(q);
    q.drain(false);
  });
}

template <template <class, class> class V>
void add(const char* name) {
  using queue = V<real, std::uintptr_t>;
  if constexpr (conformance::shape::run_queue<queue, std::uintptr_t>()) {
    static const conformance::suite s("run_queue", name, "property");
    s.test("RQ1_RQ2_RQ3_RQ4_RQ6_RQ7_RQ9_RQ10_RQ11_any_sequence", [] { any_sequence<queue>(); });
  }
}

}  // namespace stealyard::property::run_queue_suite
