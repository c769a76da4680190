#include "stress/conformance/victim.hpp"

#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace stealyard::conformance::victim_suite {

constexpr unsigned worker_counts[] = {2, 3, 4, 5, 7, 8, 16, 64, 256};

void passes(reference::make_victim make) {
  for (const unsigned workers : worker_counts) {
    const reference::two_packages view(workers);
    const auto policy = make(view);
    for (unsigned round = 0; round != 30; ++round) {
      for (unsigned thief = 0; thief != workers; ++thief) {
        reference::within([&] { reference::victim_pass(*policy, view, thief, workers - 1); }, workers, " workers");
      }
    }
  }
}

void thieves_at_once(reference::make_victim make) {
  const reference::two_packages view(4);
  const auto policy = make(view);
  together(4, [&](unsigned thief) {
    try {
      for (unsigned round = 0; round != 2000 && !a_check_failed(); ++round) reference::victim_pass(*policy, view, thief, 3);
    } catch (const reference::violation& v) {
      ADD_FAILURE() << v.what();
    }
  });
}

void unbiased(reference::make_victim make) {
  for (const unsigned workers : {2u, 3u, 5u, 8u}) {
    const reference::two_packages view(workers);
    const auto policy = make(view);
    if (!policy->claims.unbiased) return;
    for (unsigned thief = 0; thief != workers; ++thief) {
      constexpr double passes = 20'000;
      std::vector<double> first(workers, 0);
      for (unsigned i = 0; i != static_cast<unsigned>(passes); ++i) {
        policy->begin_pass(thief);
        first[policy->next(thief)] += 1;
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

}  // namespace stealyard::conformance::victim_suite
