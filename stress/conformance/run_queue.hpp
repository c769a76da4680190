// Conformance of a run_queue: each axiom of core/contract/run_queue.hpp, from the claims alone.
#pragma once
#include "core/contract/run_queue.hpp"
#include "core/world/native.hpp"
#include "stress/conformance/register.hpp"

#include <cstdint>
#include <vector>

namespace stealyard::conformance::run_queue_suite {

using item = std::uintptr_t;

template <class Q>
void rq3_owner_order() {
  for (std::size_t capacity : {1u, 2u, 3u, 8u}) {
    Q q(capacity);
    std::size_t pushed = 0;
    while (pushed != 3 * capacity + 1 && q.try_push(pushed + 1) == outcome::ok) ++pushed;
    ASSERT_EQ(pushed, Q::claims.bounded ? capacity : 3 * capacity + 1);
    for (std::size_t i = 0; i != pushed; ++i) {
      item got = 0;
      ASSERT_EQ(q.try_pop(got), outcome::ok) << "pop " << i << " of " << pushed << ", initial capacity " << capacity;
      ASSERT_EQ(got, Q::claims.owner_order == item_order::lifo ? pushed - i : i + 1);
    }
    item none = 77;
    ASSERT_EQ(q.try_pop(none), outcome::empty);
    ASSERT_EQ(none, 77u) << "an operation that did not return ok wrote its result";
  }
}

template <template <class, class> class Q>
void add(const char* name) {
  using queue = Q<native, item>;
  static_assert(contract::run_queue<queue, item>);
  static const suite s("run_queue", name);
  s.test("RQ3_owner_order", [] { rq3_owner_order<queue>(); });
}

}  // namespace stealyard::conformance::run_queue_suite
