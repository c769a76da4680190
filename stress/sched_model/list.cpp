#include "stress/sched_model/scenarios.hpp"

namespace stealyard::model {

// A mutant of one half needs only that half.
const std::vector<sched_scenario>& sched_scenarios() {
  static const auto all = [] {
    std::vector<sched_scenario> made;
#if !defined(STEALYARD_ONLY_SYNC)
    add_scheduler_scenarios(made);
#endif
#if !defined(STEALYARD_ONLY_SCHEDULER)
    add_sync_scenarios(made);
#endif
    return made;
  }();
  return all;
}

}  // namespace stealyard::model
