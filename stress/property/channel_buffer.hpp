// Properties of a channel_buffer: any sequence of calls by one thread, at any small capacity, gives the bounded queue's outcomes
// (CB1 to CB7, CB9, CB10).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/driven.hpp"
#include "stress/conformance/reference/channel_buffer.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

namespace stealyard::property::channel_buffer_suite {

using conformance::driven;
template <class B, class T>
using system = reference::channel_buffer<driven<B, T>, T>;

template <class S>
struct push : command<S> {
  unsigned times = *rc::gen::inRange(1u, 6u);
  void call(S& b) const override {
    for (unsigned i = 0; i != times; ++i) b.push();
  }
  void show(std::ostream& out) const override { out << "push x" << times; }
};
template <class S>
struct pop : command<S> {
  unsigned times = *rc::gen::inRange(1u, 6u);
  void call(S& b) const override {
    for (unsigned i = 0; i != times; ++i) b.pop();
  }
  void show(std::ostream& out) const override { out << "pop x" << times; }
};
template <class S>
struct look : command<S> {
  void call(S& b) const override { b.look(); }
  void show(std::ostream& out) const override { out << "length"; }
};

template <class B, class T>
void any_sequence() {
  using s = system<B, T>;
  holds([] {
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 10).as("capacity");
    {
      s b(capacity);
      sequence<push<s>, pop<s>, look<s>>(b);
      if (*rc::gen::arbitrary<bool>().as("closed in the end")) {
        b.close();
        sequence<push<s>, pop<s>, look<s>>(b);
        b.close();
      }
    }
    reference::require_nothing_alive<T>();
  });
}

template <template <class, class> class V>
void add(const char* name) {
  if constexpr (conformance::shape::channel_buffer<V<real, std::uint64_t>, std::uint64_t>()) {
    static const conformance::suite s("channel_buffer", name, "property");
    s.test("CB1_CB2_CB3_CB4_CB5_CB6_CB7_CB10_any_sequence", [] { any_sequence<V<real, std::uint64_t>, std::uint64_t>(); });
    s.test("CB9_any_sequence", [] { any_sequence<V<real, conformance::counted>, conformance::counted>(); });
  }
}

}  // namespace stealyard::property::channel_buffer_suite
