// Properties of a channel_buffer: any sequence of calls by one thread, at any small capacity, gives the bounded queue's outcomes
// (CB1 to CB7, CB9, CB10).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/channel_buffer.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::channel_buffer_suite {

void any_sequence(const reference::channel_buffer_type&);

template <template <class, class> class V>
void add(const char* name) {
  if constexpr (conformance::shape::channel_buffer<V<real, std::uint64_t>, std::uint64_t>()) {
    static const conformance::suite s("channel_buffer", name, "property");
    s.test("CB1_CB2_CB3_CB4_CB5_CB6_CB7_CB10_any_sequence", [] { any_sequence(reference::channel_buffer_of<V, std::uint64_t>); });
    s.test("CB9_any_sequence", [] { any_sequence(reference::channel_buffer_of<V, conformance::counted>); });
  }
}

}  // namespace stealyard::property::channel_buffer_suite
