#include "stress/property/channel_buffer.hpp"

#include "stress/property/property.hpp"

namespace stealyard::property::channel_buffer_suite {

namespace {

using model = reference::channel_buffer;

struct push : command<model> {
  unsigned times = *rc::gen::inRange(1u, 6u);
  void call(model& b) const override {
    for (unsigned i = 0; i != times; ++i) b.push();
  }
  void show(std::ostream& out) const override { out << "push x" << times; }
};
struct pop : command<model> {
  unsigned times = *rc::gen::inRange(1u, 6u);
  void call(model& b) const override {
    for (unsigned i = 0; i != times; ++i) b.pop();
  }
  void show(std::ostream& out) const override { out << "pop x" << times; }
};
struct look : command<model> {
  void call(model& b) const override { b.look(); }
  void show(std::ostream& out) const override { out << "length"; }
};

}  // namespace

void any_sequence(const reference::channel_buffer_type& type) {
  holds([&] {
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 10).as("capacity");
    {
      model b(type, capacity);
      sequence<push, pop, look>(b);
      if (*rc::gen::arbitrary<bool>().as("closed in the end")) {
        b.close();
        sequence<push, pop, look>(b);
        b.close();
      }
    }
    reference::require_nothing_alive(type);
  });
}

}  // namespace stealyard::property::channel_buffer_suite
