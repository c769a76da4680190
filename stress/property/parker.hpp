// Properties of a parker, in one thread: any sequence of unparks and parks is that of a single permit (PK1 to PK3, PK5).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/parker.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::parker_suite {

void any_sequence(reference::make_parker);

template <template <class> class V>
void add(const char* name) {
  using parker = V<real>;
  if constexpr (conformance::shape::parker<parker>()) {
    static const conformance::suite s("parker", name, "property");
    s.test("PK1_PK2_PK3_PK5_any_sequence", [] { any_sequence(reference::parker_of<parker>); });
  }
}

}  // namespace stealyard::property::parker_suite
