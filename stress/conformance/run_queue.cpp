#include "stress/conformance/run_queue.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

namespace stealyard::conformance::run_queue_suite {

void sequential(reference::make_run_queue make) {
  random_numbers random;
  for (const std::size_t capacity : capacities) {
    for (unsigned round = 0; round != 40; ++round) {
      reference::run_queue q(make, capacity);
      const std::uint64_t push_bias = 1 + random.below(4);
      for (unsigned step = 0; step != 200; ++step) {
        const std::uint64_t kind = random.below(push_bias + 4);
        if (kind == 0) {
          q.steal();
        } else if (kind == 1) {
          q.steal_batch(1 + random.below(6));
        } else if (kind <= 3) {
          q.pop();
        } else {
          q.push();
        }
        q.look();
      }
      q.drain(false);
    }
  }
}

void shifts(reference::make_run_queue make, bool stealing) {
  for (const std::size_t capacity : capacities) {
    for (std::size_t shift = 0; shift <= 2 * capacity + 2; ++shift) {
      for (std::size_t count = 1; count <= 5 * capacity + 1; ++count) {
        reference::within(
            [&] {
              reference::run_queue q(make, capacity);
              for (std::size_t i = 0; i != shift; ++i) {
                q.push();
                i % 2 == 0 ? q.steal() : q.pop();
              }
              for (std::size_t i = 0; i != count; ++i) q.push();
              q.drain(stealing);
            },
            "capacity ", capacity, ", indices shifted by ", shift, ", ", count, " pushed");
      }
    }
  }
}

}  // namespace stealyard::conformance::run_queue_suite
