#include "stress/conformance/reference/victim.hpp"

#include "stress/conformance/reference/violation.hpp"

#include <vector>

namespace stealyard::reference {

void victim_pass(any_victim& policy, const victim_view& view, unsigned thief, unsigned tries) {
  std::vector<unsigned> named(view.workers(), 0);
  std::uint32_t last = 0;
  policy.begin_pass(thief);
  for (unsigned i = 0; i != tries; ++i) {
    const unsigned v = policy.next(thief);
    STEALYARD_REQUIRE(v < view.workers(), "VS1: thief " << thief << " is sent to worker " << v << " of " << view.workers());
    STEALYARD_REQUIRE(v != thief, "VS1: thief " << thief << " is sent to itself");
    STEALYARD_REQUIRE(!policy.claims.covers || ++named[v] == 1, "VS2: worker " << v << " came twice in a pass of thief " << thief);
    STEALYARD_REQUIRE(!policy.claims.nearest_first || view.distance(thief, v) >= last, "VS4: worker " << v << " came after a farther one");
    last = view.distance(thief, v);
  }
}

}  // namespace stealyard::reference
