// The protocols of core/go's locks and the like as kinds of the explorer.
#include "stress/sched_model/sync_programs.hpp"

#include <exception>

namespace stealyard {

// What a goroutine unwinds by was caught for good, within the headers under test.
void sched::fatal_goexit_swallowed() noexcept {
  model::require(false, "an exception that unwinds was swallowed");
  std::terminate();
}

namespace model {

namespace {

using P = platform_without_scheduler;
using U = unwinding_platform;

[[maybe_unused]] const bool added = [] {
  add_entry<mutex_program<U>>("mutex", "core", {});
  add_entry<rw_mutex_program<U>>("rw_mutex", "core", {});
  add_entry<semaphore_program<P>>("semaphore", "core", {});
  add_entry<wait_group_program<U>>("wait_group", "core", {});
  add_entry<cond_program<P>>("cond", "core", {});
  add_entry<once_program<P>>("once", "core", {});
  return true;
}();

}  // namespace

}  // namespace model

}  // namespace stealyard
