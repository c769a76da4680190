// What workloads may need of a selector. Nothing of it is measured by itself: a select is nothing without channels.
#pragma once
#include "bench/harness/micro.hpp"
#include "core/contract/selector.hpp"
#include "core/world/real.hpp"

namespace stealyard::micro::selector_suite {

template <template <class> class S>
void add(const char* name) {
  suite s("selector", name);
  if (S<real>::claims.sleeps) s.has("sleeps");
}

}  // namespace stealyard::micro::selector_suite
