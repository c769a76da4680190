#include "stress/sched_model/scenarios.hpp"

namespace stealyard::model {

// A mutant of one part needs only that part.
#if defined(STEALYARD_ONLY_SCHEDULER) || defined(STEALYARD_ONLY_SLOT) || defined(STEALYARD_ONLY_SELECT) || defined(STEALYARD_ONLY_SYNC)
#define STEALYARD_ONLY_ONE 1
#endif

const std::vector<sched_scenario>& sched_scenarios() {
  static const auto all = [] {
    std::vector<sched_scenario> made;
#if defined(STEALYARD_ONLY_SCHEDULER) || !defined(STEALYARD_ONLY_ONE)
    add_scheduler_scenarios(made);
#endif
#if defined(STEALYARD_ONLY_SLOT) || !defined(STEALYARD_ONLY_ONE)
    add_slot_scenarios(made);
#endif
#if defined(STEALYARD_ONLY_SELECT) || !defined(STEALYARD_ONLY_ONE)
    add_select_scenarios(made);
#endif
#if defined(STEALYARD_ONLY_SYNC) || !defined(STEALYARD_ONLY_ONE)
    add_sync_scenarios(made);
#endif
#if !defined(STEALYARD_ONLY_ONE)
    add_memory_scenarios(made);
#endif
    return made;
  }();
  return all;
}

}  // namespace stealyard::model
