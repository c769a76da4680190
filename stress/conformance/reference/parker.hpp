// The parker of one thread: a permit, and parks that do not sleep for long.
#pragma once
#include "core/contract/parker.hpp"
#include "stress/conformance/reference/violation.hpp"

namespace stealyard::reference {

template <class P, class W>
class parker {
  P parker_;
  bool permit_ = false;

 public:
  void unpark() {
    parker_.unpark();
    permit_ = true;
  }
  void park(nanoseconds_t deadline) {
    // PK2 says that it returns; nobody could wake it here, so without a permit it is asked to give up.
    const bool had = permit_;
    if (deadline == never && !had) deadline = W::now() + 1000;
    const bool got = parker_.park(deadline);
    STEALYARD_REQUIRE(got || !had, "PK2: a park did not take the permit that was there, deadline " << deadline);
    STEALYARD_REQUIRE(!got || had, "PK1, PK3: a park took a permit that nobody made, or that was taken before");
    STEALYARD_REQUIRE(got || W::now() >= deadline, "PK5: a park gave up before its deadline");
    permit_ = false;
  }
};

}  // namespace stealyard::reference
