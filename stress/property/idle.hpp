// Properties of an idle policy, in one thread: after any steps of any workers the word is right, and whoever must be woken was
// (ID1 to ID5).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/idle.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::idle_suite {

void any_sequence(const sched::idle_maker&);

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (conformance::shape::idle<policy, real>()) {
    static const conformance::suite s("idle", name, "property");
    s.test("ID1_ID2_ID3_ID4_ID5_any_sequence", [] { any_sequence(sched::idle_maker_of<policy>); });
  }
}

}  // namespace stealyard::property::idle_suite
