#include "stress/conformance/channel_buffer.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

namespace stealyard::conformance::channel_buffer_suite {

void sequential(const reference::channel_buffer_type& type) {
  random_numbers random;
  for (const std::size_t capacity : capacities) {
    for (unsigned round = 0; round != 40; ++round) {
      {
        reference::channel_buffer b(type, capacity);
        const std::uint64_t push_bias = 1 + random.below(3);
        const bool closes = random.one_in(2);
        for (unsigned step = 0; step != 120; ++step) {
          if (closes && random.one_in(60)) {
            b.close();
          } else if (random.below(push_bias + 2) < 2) {
            b.pop();
          } else {
            b.push();
          }
          b.look();
        }
      }
      reference::require_nothing_alive(type);
    }
  }
}

void shifts(const reference::channel_buffer_type& type) {
  for (const std::size_t capacity : capacities) {
    for (std::size_t shift = 0; shift <= 3 * capacity; ++shift) {
      reference::within(
          [&] {
            reference::channel_buffer b(type, capacity);
            for (std::size_t i = 0; i != shift; ++i) b.push(), b.pop();
            for (unsigned lap = 0; lap != 3; ++lap) {
              for (std::size_t i = 0; i != capacity + 1; ++i) b.push(), b.look();
              for (std::size_t i = 0; i != capacity + 1; ++i) b.pop(), b.look();
            }
            b.push(), b.close(), b.push(), b.close(), b.pop(), b.pop(), b.look();
          },
          "capacity ", capacity, ", indices shifted by ", shift);
    }
  }
}

}  // namespace stealyard::conformance::channel_buffer_suite
