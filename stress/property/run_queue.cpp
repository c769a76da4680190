#include "stress/property/run_queue.hpp"

#include "stress/property/property.hpp"

namespace stealyard::property::run_queue_suite {

namespace {

using model = reference::run_queue;

struct push : command<model> {
  unsigned times = *rc::gen::inRange(1u, 12u);
  void call(model& q) const override {
    for (unsigned i = 0; i != times; ++i) q.push();
  }
  void show(std::ostream& out) const override { out << "push x" << times; }
};
struct pop : command<model> {
  unsigned times = *rc::gen::inRange(1u, 8u);
  void call(model& q) const override {
    for (unsigned i = 0; i != times; ++i) q.pop();
  }
  void show(std::ostream& out) const override { out << "pop x" << times; }
};
struct steal : command<model> {
  void call(model& q) const override { q.steal(); }
  void show(std::ostream& out) const override { out << "steal"; }
};
struct steal_batch : command<model> {
  unsigned room = *rc::gen::inRange(1u, 9u);
  void call(model& q) const override { q.steal_batch(room); }
  void show(std::ostream& out) const override { out << "steal_batch(room " << room << ")"; }
};
struct look : command<model> {
  void call(model& q) const override { q.look(); }
  void show(std::ostream& out) const override { out << "probably_empty"; }
};

}  // namespace

void any_sequence(reference::make_run_queue make) {
  holds([=] {
    const auto capacity = *rc::gen::element<std::size_t>(1, 2, 3, 8).as("initial capacity");
    model q(make, capacity);
    sequence<push, pop, steal, steal_batch, look>(q);
    q.drain(false);
  });
}

}  // namespace stealyard::property::run_queue_suite
