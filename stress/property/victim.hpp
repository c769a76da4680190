// Properties of a victim policy: any thieves, in any order, whole passes and broken-off ones (VS1, VS2, VS4).
// VS3 is about frequencies: conformance counts them.
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/victim.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::victim_suite {

void any_passes(reference::make_victim);

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (conformance::shape::victim<policy>()) {
    static const conformance::suite s("victim", name, "property");
    s.test("VS1_VS2_VS4_any_passes", [] { any_passes(reference::victim_of<policy>); });
  }
}

}  // namespace stealyard::property::victim_suite
