#include "stress/conformance/reference/parker.hpp"

#include "core/world/real.hpp"
#include "stress/conformance/reference/violation.hpp"

namespace stealyard::reference {

void parker::unpark() {
  parker_->unpark();
  permit_ = true;
}

void parker::park(nanoseconds_t deadline) {
  // PK2 says that it returns; nobody could wake it here, so without a permit it is asked to give up.
  const bool had = permit_;
  if (deadline == never && !had) deadline = real::now() + 1000;
  const bool got = parker_->park(deadline);
  STEALYARD_REQUIRE(got || !had, "PK2: a park did not take the permit that was there, deadline " << deadline);
  STEALYARD_REQUIRE(!got || had, "PK1, PK3: a park took a permit that nobody made, or that was taken before");
  STEALYARD_REQUIRE(got || real::now() >= deadline, "PK5: a park gave up before its deadline");
  permit_ = false;
}

}  // namespace stealyard::reference
