// A thief's pass, and the machine it is made on.
#pragma once
#include "core/contract/victim.hpp"
#include "stress/conformance/reference/violation.hpp"

#include <vector>

namespace stealyard::reference {

// Two packages of cores with two hyperthreads: 1 to the sibling, 2 within the package, 3 across.
class two_packages final : public victim_view {
  unsigned workers_;

 public:
  explicit two_packages(unsigned workers) : workers_(workers) {}
  unsigned workers() const noexcept override { return workers_; }
  std::uint32_t distance(unsigned a, unsigned b) const noexcept override {
    if (a == b) return 0;
    if (a / 2 == b / 2) return 1;
    const unsigned half = (workers_ + 1) / 2;
    return a / half == b / half ? 2 : 3;
  }
};

// `tries` may be fewer than a whole pass: a thief stops when it has found something.
template <class V>
void victim_pass(V& policy, const victim_view& view, unsigned thief, unsigned tries) {
  std::vector<unsigned> named(view.workers(), 0);
  std::uint32_t last = 0;
  policy.begin_pass(thief);
  for (unsigned i = 0; i != tries; ++i) {
    const unsigned v = policy.next(thief);
    STEALYARD_REQUIRE(v < view.workers(), "VS1: thief " << thief << " is sent to worker " << v << " of " << view.workers());
    STEALYARD_REQUIRE(v != thief, "VS1: thief " << thief << " is sent to itself");
    STEALYARD_REQUIRE(!V::claims.covers || ++named[v] == 1, "VS2: worker " << v << " came twice in a pass of thief " << thief);
    STEALYARD_REQUIRE(!V::claims.nearest_first || view.distance(thief, v) >= last, "VS4: worker " << v << " came after a farther one");
    last = view.distance(thief, v);
  }
}

}  // namespace stealyard::reference
