// Properties of a victim policy: any thieves, in any order, whole passes and broken-off ones (VS1, VS2, VS4).
// VS3 is about frequencies: conformance counts them.
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/victim.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

namespace stealyard::property::victim_suite {

template <class V>
void any_passes() {
  holds([] {
    const auto workers = *rc::gen::inRange(2u, 257u).as("workers");
    const reference::two_packages view(workers);
    V policy(view);
    const auto thieves = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
                              rc::gen::pair(rc::gen::inRange(0u, workers), rc::gen::inRange(1u, workers)))
                              .as("passes: thief, tries");
    for (const auto& [thief, tries] : thieves) reference::victim_pass(policy, view, thief, tries);
  });
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<real>;
  if constexpr (conformance::shape::victim<policy>()) {
    static const conformance::suite s("victim", name, "property");
    s.test("VS1_VS2_VS4_any_passes", [] { any_passes<policy>(); });
  }
}

}  // namespace stealyard::property::victim_suite
