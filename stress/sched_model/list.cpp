#include "stress/sched_model/scenarios.hpp"

namespace stealyard::model {

const std::vector<sched_scenario>& sched_scenarios() {
  static const auto all = [] {
    std::vector<sched_scenario> made;
#if defined(STEALYARD_ONLY)  // a mutant of one part needs only that part: the name of one of those below
    STEALYARD_ONLY(made);
#else
    add_scheduler_scenarios(made);
    add_slot_scenarios(made);
    add_select_scenarios(made);
    add_sync_scenarios(made);
    add_memory_scenarios(made);
#endif
    return made;
  }();
  return all;
}

}  // namespace stealyard::model
