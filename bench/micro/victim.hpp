// Micro-benchmarks of a victim policy: a thief that asks, pass after pass.
#pragma once
#include "bench/harness/micro.hpp"
#include "core/contract/victim.hpp"
#include "core/world/native.hpp"

namespace stealyard::micro::victim_suite {

template <unsigned Workers>
class flat_view final : public victim_view {
 public:
  unsigned workers() const noexcept override { return Workers; }
  std::uint32_t distance(unsigned a, unsigned b) const noexcept override { return a == b ? 0 : 1; }
};

template <class Victim, unsigned Workers>
run_outcome next(std::uint64_t size, random_source& random) {
  const flat_view<Workers> view;
  Victim policy(view);
  world::native_seed(random.next());
  const unsigned thief = Workers / 2;
  std::uint64_t asked[Workers + 1] = {};  // the last: outside
  const stopwatch watch;
  policy.begin_pass(thief);
  for (std::uint64_t i = 0, left = Workers - 1; i != size; ++i) {
    if (left-- == 0) {
      policy.begin_pass(thief);
      left = Workers - 2;
    }
    const unsigned chosen = policy.next(thief);
    ++asked[chosen < Workers ? chosen : Workers];
  }
  const double elapsed = watch.ns();
  std::uint64_t others = 0;
  for (unsigned i = 0; i != Workers; ++i) others += i == thief ? 0 : asked[i];
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(others)};
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<native>;
  suite s("victim", name);
  s.add({"next_of_2", "the next victim, one of one; size: victims", 20'000, 1'000'000'000, &next<policy, 2>});
  s.add({"next_of_64", "the next victim, one of 63; size: victims", 20'000, 1'000'000'000, &next<policy, 64>});
}

}  // namespace stealyard::micro::victim_suite
