#include "stress/conformance/parker.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

namespace stealyard::conformance::parker_suite {

void permits(reference::make_parker make) {
  reference::parker p(make);
  p.park(past);
  for (unsigned unparks = 0; unparks <= 3; ++unparks) {
    for (const nanoseconds_t deadline : {past, never, real::now() + millisecond, nanoseconds_t{INT64_MIN}}) {
      for (unsigned i = 0; i != unparks; ++i) p.unpark();
      p.park(deadline);
      p.park(past);
    }
  }
}

}  // namespace stealyard::conformance::parker_suite
