// Conformance of a victim policy: each axiom of core/contract/victim.hpp, from the claims alone.
//   VS1  every worker count from 2 on, every thief, alone and with all thieves at once      VS2, VS4  every pass, if claimed
//   VS3  who comes first, within the bound that a fair draw leaves once in a million runs
#pragma once
#include "core/contract/victim.hpp"
#include "core/world/native.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <cmath>
#include <memory>
#include <vector>

namespace stealyard::conformance::victim_suite {

// Two packages, each with cores of two hyperthreads: 1 to the sibling, 2 within the package, 3 across.
class two_packages final : public victim_view {
  unsigned workers_;

 public:
  explicit two_packages(unsigned workers) : workers_(workers) {}
  unsigned workers() const noexcept override { return workers_; }
  std::uint32_t distance(unsigned a, unsigned b) const noexcept override {
    if (a == b) return 0;
    if (a / 2 == b / 2) return 1;
    const unsigned half = (workers_ + 1) / 2;
    return a / half == b / half ? 2 : 3;
  }
};

inline constexpr unsigned worker_counts[] = {2, 3, 4, 5, 7, 8, 16, 64, 256};

template <class V>
void one_pass(V& policy, const victim_view& view, unsigned thief) {
  std::vector<unsigned> named(view.workers(), 0);
  std::uint32_t last = 0;
  policy.begin_pass(thief);
  for (unsigned i = 1; i != view.workers(); ++i) {
    const unsigned v = policy.next(thief);
    ASSERT_LT(v, view.workers()) << "VS1: no such worker";
    ASSERT_NE(v, thief) << "VS1: the thief robs itself";
    ++named[v];
    ASSERT_TRUE(!V::claims.covers || named[v] == 1) << "VS2: worker " << v << " came twice in a pass of thief " << thief;
    ASSERT_TRUE(!V::claims.nearest_first || view.distance(thief, v) >= last) << "VS4: a nearer worker after a farther one";
    last = view.distance(thief, v);
  }
}

template <class V>
void passes() {
  for (const unsigned workers : worker_counts) {
    const two_packages view(workers);
    V policy(view);
    for (unsigned round = 0; round != 30; ++round) {
      for (unsigned thief = 0; thief != workers; ++thief) {
        one_pass(policy, view, thief);
        ASSERT_FALSE(testing::Test::HasFatalFailure()) << workers << " workers";
      }
    }
  }
}

template <class V>
void thieves_at_once() {
  const two_packages view(4);
  V policy(view);
  together(4, [&](unsigned thief) {
    for (unsigned round = 0; round != 2000 && !testing::Test::HasFailure(); ++round) one_pass(policy, view, thief);
  });
}

template <class V>
void unbiased() {
  if (!V::claims.unbiased) return;
  for (const unsigned workers : {2u, 3u, 5u, 8u}) {
    const two_packages view(workers);
    V policy(view);
    for (unsigned thief = 0; thief != workers; ++thief) {
      constexpr double passes = 20'000;
      std::vector<double> first(workers, 0);
      for (unsigned i = 0; i != static_cast<unsigned>(passes); ++i) {
        policy.begin_pass(thief);
        first[policy.next(thief)] += 1;
      }
      const double share = 1.0 / (workers - 1);
      const double deviation = std::sqrt(passes * share * (1 - share));
      for (unsigned v = 0; v != workers; ++v) {
        if (v == thief) continue;
        // 6 standard deviations: once in 500 million counts, and there are 80 of them.
        ASSERT_LE(std::abs(first[v] - passes * share), 6 * deviation)
            << "VS3: thief " << thief << " of " << workers << " met worker " << v << " first " << first[v] << " times of " << passes;
      }
    }
  }
}

template <template <class> class V>
void add(const char* name) {
  using policy = V<native>;
  if constexpr (shape::victim<policy>()) {
    static const suite s("victim", name);
    s.test("VS1_VS2_VS4_passes", [] { passes<policy>(); });
    s.test("VS1_thieves_at_once", [] { thieves_at_once<policy>(); });
    s.test("VS3_unbiased", [] { unbiased<policy>(); });
  }
}

}  // namespace stealyard::conformance::victim_suite
