#include "stress/property/timer_queue.hpp"

#include "stress/property/property.hpp"

namespace stealyard::property::timer_queue_suite {

namespace {

using model = reference::timer_queue;

constexpr unsigned timers = 48;

// Near and far: some queues treat the bits of a time differently.
nanoseconds_t some_time(nanoseconds_t most) { return *rc::gen::inRange<nanoseconds_t>(0, most) << *rc::gen::element(0, 0, 15, 21, 40); }

struct insert : command<model> {
  unsigned id = *rc::gen::inRange(0u, timers);
  nanoseconds_t when = some_time(40);
  void call(model& q) const override { q.insert(id, when); }
  void show(std::ostream& out) const override { out << "insert(" << id << ", at " << when << ")"; }
};
// All of them, so that the queue is deep: at times that go up and down with `stride`.
struct insert_all : command<model> {
  unsigned stride = *rc::gen::inRange(1u, 41u);
  void call(model& q) const override {
    for (unsigned id = 0; id != timers; ++id) q.insert(id, id * stride % 41);
  }
  void show(std::ostream& out) const override { out << "insert every timer i at i * " << stride << " % 41"; }
};
struct erase : command<model> {
  unsigned id = *rc::gen::inRange(0u, timers);
  void call(model& q) const override { q.erase(id); }
  void show(std::ostream& out) const override { out << "erase(" << id << ")"; }
};
struct pop_due : command<model> {
  nanoseconds_t now = some_time(30);
  void call(model& q) const override { q.pop_due(now); }
  void show(std::ostream& out) const override { out << "pop_due(" << now << ")"; }
};
struct look : command<model> {
  void call(model& q) const override { q.look(); }
  void show(std::ostream& out) const override { out << "size, earliest"; }
};

}  // namespace

void any_sequence(reference::make_timer_queue make) {
  holds([=] {
    model q(make, timers);
    sequence<insert, insert_all, erase, erase, pop_due, look>(q);
    q.drain();
  });
}

}  // namespace stealyard::property::timer_queue_suite
