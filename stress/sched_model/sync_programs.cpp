// The protocols of core/go's locks and the like as kinds of the explorer.
#include "stress/sched_model/sync_programs.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using P = platform_without_scheduler;

[[maybe_unused]] const bool added = [] {
  add_entry<mutex_program<P>>("mutex", "core", {});
  add_entry<rw_mutex_program<P>>("rw_mutex", "core", {});
  add_entry<semaphore_program<P>>("semaphore", "core", {});
  add_entry<wait_group_program<P>>("wait_group", "core", {});
  add_entry<cond_program<P>>("cond", "core", {});
  add_entry<once_program<P>>("once", "core", {});
  return true;
}();

}  // namespace

}  // namespace stealyard::model
