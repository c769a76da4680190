// The list of scenarios: each protocol with every combination of the parts that take part in it.
#pragma once
#include "stress/model/engine.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stealyard::model {

struct sched_scenario {
  std::string name;
  unsigned threads;
  scenario* (*make)(const void*);
};
const std::vector<sched_scenario>& sched_scenarios();

template <class Scenario>
void add(std::vector<sched_scenario>& all, std::string name) {
  all.push_back({std::move(name), Scenario::threads, [](const void*) -> scenario* { return new Scenario; }});
}
// A name that begins so is misuse which must be noticed: it is run only if asked for.
inline constexpr std::string_view misuse = "misuse.";

void add_scheduler_scenarios(std::vector<sched_scenario>& all);
void add_slot_scenarios(std::vector<sched_scenario>& all);
void add_select_scenarios(std::vector<sched_scenario>& all);
void add_memory_scenarios(std::vector<sched_scenario>& all);
void add_sync_scenarios(std::vector<sched_scenario>& all);

}  // namespace stealyard::model
