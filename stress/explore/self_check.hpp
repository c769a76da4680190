// self_check: is the explorer's world what it says? Hand-written scenarios whose verdict is known (stress/model/known_scenarios.hpp).
#pragma once

namespace stealyard::explore {

int run_self_check();  // 0, or 1 if a verdict was another than the known one

}  // namespace stealyard::explore
