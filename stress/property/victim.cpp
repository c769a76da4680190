#include "stress/property/victim.hpp"

#include "stress/property/property.hpp"

#include <utility>
#include <vector>

namespace stealyard::property::victim_suite {

void any_passes(reference::make_victim make) {
  holds([=] {
    const auto workers = *rc::gen::inRange(2u, 257u).as("workers");
    const reference::two_packages view(workers);
    const auto policy = make(view);
    const auto thieves = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
                              rc::gen::pair(rc::gen::inRange(0u, workers), rc::gen::inRange(1u, workers)))
                              .as("passes: thief, tries");
    for (const auto& [thief, tries] : thieves) reference::victim_pass(*policy, view, thief, tries);
  });
}

}  // namespace stealyard::property::victim_suite
