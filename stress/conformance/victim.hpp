// Conformance of a victim policy: each axiom of core/contract/victim.hpp, from the claims alone.
//   VS1  every worker count from 2 on, every thief, alone and with all thieves at once      VS2, VS4  every pass, if claimed
//   VS3  who comes first, within the bound that a fair draw leaves once in a million runs
#pragma once
#include "core/contract/victim.hpp"
#include "core/world/real.hpp"
#include "stress/conformance/reference/victim.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <cmath>
#include <vector>

namespace stealyard::conformance::victim_suite {

inline constexpr unsigned worker_counts[] = {2, 3, 4, 5, 7, 8, 16, 64, 256};

template <class V>
void passes() {
  for (const unsigned workers : worker_counts) {
    const reference::two_packages view(workers);
    V policy(view);
    for (unsigned round = 0; round != 30; ++round) {
      for (unsigned thief = 0; thief != workers; ++thief) {
        reference::within([&] { reference::victim_pass(policy, view, thief, workers - 1); }, workers, " workers");
      }
    }
  }
}

template <class V>
void thieves_at_once() {
  const reference::two_packages view(4);
  V policy(view);
  together(4, [&](unsigned thief) {
    try {
      for (unsigned round = 0; round != 2000 && !a_check_failed(); ++round) reference::victim_pass(policy, view, thief, 3);
    } catch (const reference::violation& v) {
      ADD_FAILURE() << v.what();
    }
  });
}

template <class V>
void unbiased() {
  if (!V::claims.unbiased) return;
  for (const unsigned workers : {2u, 3u, 5u, 8u}) {
    const reference::two_packages view(workers);
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
  using policy = V<real>;
  if constexpr (shape::victim<policy>()) {
    static const suite s("victim", name);
    s.test("VS1_VS2_VS4_passes", [] { passes<policy>(); });
    s.test("VS1_thieves_at_once", [] { thieves_at_once<policy>(); });
    s.test("VS3_unbiased", [] { unbiased<policy>(); });
  }
}

}  // namespace stealyard::conformance::victim_suite
