// The list of scenarios: each protocol with every combination of the parts that take part in it.
#pragma once
#include "stress/model/engine.hpp"

#include <string>
#include <vector>

namespace stealyard::model {

struct sched_scenario {
  std::string name;
  unsigned threads;
  scenario* (*make)(const void*);
};
const std::vector<sched_scenario>& sched_scenarios();

}  // namespace stealyard::model
