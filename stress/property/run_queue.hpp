// Properties of a run_queue: any sequence of calls by one thread, from any small capacity, gives what axioms and claims say
// (RQ1 to RQ4, RQ6, RQ7, RQ9 to RQ11).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/run_queue.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

namespace stealyard::property::run_queue_suite {

void any_sequence(reference::make_run_queue);

template <template <class, class> class V>
void add(const char* name) {
  using queue = V<real, std::uintptr_t>;
  if constexpr (conformance::shape::run_queue<queue, std::uintptr_t>()) {
    static const conformance::suite s("run_queue", name, "property");
    s.test("RQ1_RQ2_RQ3_RQ4_RQ6_RQ7_RQ9_RQ10_RQ11_any_sequence", [] { any_sequence(reference::run_queue_of<queue>); });
  }
}

}  // namespace stealyard::property::run_queue_suite
