// Properties of a timer_queue: any sequence of inserts, erases and pops gives what a set of timers would (TQ1 to TQ6).
#pragma once
#include "stress/conformance/reference/timer_queue.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

namespace stealyard::property::timer_queue_suite {

inline constexpr unsigned timers = 48;
template <class Q>
using system = reference::timer_queue<Q>;

// Near and far: some queues treat the bits of a time differently.
inline nanoseconds_t some_time(nanoseconds_t most) {
  return *rc::gen::inRange<nanoseconds_t>(0, most) << *rc::gen::element(0, 0, 15, 21, 40);
}

template <class Q>
struct insert : command<system<Q>> {
  unsigned id = *rc::gen::inRange(0u, timers);
  nanoseconds_t when = some_time(40);
  void call(system<Q>& q) const override { q.insert(id, when); }
  void show(std::ostream& out) const override { out << "insert(" << id << ", at " << when << ")"; }
};
// All of them, so that the queue is deep: at times that go up and down with `stride`.
template <class Q>
struct insert_all : command<system<Q>> {
  unsigned stride = *rc::gen::inRange(1u, 41u);
  void call(system<Q>& q) const override {
    for (unsigned id = 0; id != timers; ++id) q.insert(id, id * stride % 41);
  }
  void show(std::ostream& out) const override { out << "insert every timer i at i * " << stride << " % 41"; }
};
template <class Q>
struct erase : command<system<Q>> {
  unsigned id = *rc::gen::inRange(0u, timers);
  void call(system<Q>& q) const override { q.erase(id); }
  void show(std::ostream& out) const override { out << "erase(" << id << ")"; }
};
template <class Q>
struct pop_due : command<system<Q>> {
  nanoseconds_t now = some_time(30);
  void call(system<Q>& q) const override { q.pop_due(now); }
  void show(std::ostream& out) const override { out << "pop_due(" << now << ")"; }
};
template <class Q>
struct look : command<system<Q>> {
  void call(system<Q>& q) const override { q.look(); }
  void show(std::ostream& out) const override { out << "size, earliest"; }
};

template <class Q>
void any_sequence() {
  holds([] {
    system<Q> q(timers);
    sequence<insert<Q>, insert_all<Q>, erase<Q>, erase<Q>, pop_due<Q>, look<Q>>(q);
    q.drain();
  });
}

template <template <class> class V>
void add(const char* name) {
  using queue = V<reference::timer>;
  if constexpr (conformance::shape::timer_queue<queue, reference::timer>()) {
    static const conformance::suite s("timer_queue", name, "property");
    s.test("TQ1_TQ2_TQ3_TQ4_TQ5_TQ6_any_sequence", [] { any_sequence<queue>(); });
  }
}

}  // namespace stealyard::property::timer_queue_suite
