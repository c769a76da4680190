// Conformance of a victim policy: each axiom of core/contract/victim.hpp, from the claims alone.
//   VS1  every worker count from 2 on, every thief, alone and with all thieves at once      VS2, VS4  every pass, if claimed
//   VS3  who comes first, within the bound that a fair draw leaves once in a million runs
#pragma once
#include "core/contract/victim.hpp"
#include "core/world/real.hpp"
#include "stress/conformance/reference/victim.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <cmath>
#include <vector>

namespace stealyard::conformance::victim_suite {

// Driven through the model alone (victim.cpp).
void passes(reference::make_victim);
void thieves_at_once(reference::make_victim);
void unbiased(reference::make_victim);

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (shape::victim<policy>()) {
    static const suite s("victim", name);
    s.test("VS1_VS2_VS4_passes", [] { passes(reference::victim_of<policy>); });
    s.test("VS1_thieves_at_once", [] { thieves_at_once(reference::victim_of<policy>); });
    s.test("VS3_unbiased", [] { unbiased(reference::victim_of<policy>); });
  }
}

}  // namespace stealyard::conformance::victim_suite
