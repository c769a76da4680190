// What a worker keeps for itself, and its timers, as kinds of the explorer.
#include "stress/sched_model/slot_programs.hpp"
#include "stress/sched_model/timer_programs.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using P = platform_without_scheduler;

[[maybe_unused]] const bool added = [] {
  add_entry<slots_program<P>>("private_slots", "core", {});
  add_entry<timer_program<P>>("timer", "core", {});
  return true;
}();

}  // namespace

}  // namespace stealyard::model
