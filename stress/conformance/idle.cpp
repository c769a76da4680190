#include "stress/conformance/idle.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

namespace stealyard::conformance::idle_suite {

void sequential(const sched::idle_maker& policy) {
  random_numbers random;
  for (const unsigned workers : {1u, 2u, 3u, 8u, 256u}) {
    for (unsigned round = 0; round != 30; ++round) {
      reference::within(
          [&] {
            reference::idle m(policy, workers);
            for (unsigned step = 0; step != 300; ++step) {
              if (random.one_in(6)) {
                m.work_added();
              } else {
                m.step(static_cast<unsigned>(random.below(workers)), static_cast<unsigned>(random.below(6)));
              }
            }
            m.wake_all();
          },
          workers, " workers");
    }
  }
}

}  // namespace stealyard::conformance::idle_suite
