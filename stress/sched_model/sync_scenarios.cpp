#include "stress/sched_model/scenarios.hpp"

#include "stress/model/checked.hpp"

#include "stress/sched_model/sync_protocols.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

void add_sync_scenarios(std::vector<sched_scenario>& all) {
  using P = platform_without_scheduler;
  add<mutex_protocol<P>>(all, "sync.mutex");
  add<mutex_try_protocol<P>>(all, "sync.mutex_try");
  add<rw_mutex_protocol<P>>(all, "sync.rw_mutex");
  add<rw_mutex_try_protocol<P>>(all, "sync.rw_mutex_try");
  add<once_protocol<P>>(all, "sync.once");
  add<cond_protocol<P>>(all, "sync.cond");
  add<cond_order<P>>(all, "sync.cond_order");
  add<semaphore_protocol<P>>(all, "sync.semaphore");
  add<semaphore_signals<P>>(all, "sync.semaphore_signals");
  add<wait_group_rounds<P>>(all, "sync.wait_group");
  add<wait_group_misuse<P, wait_group_fault::added_at_zero>>(all, "misuse.wait_group_added_at_zero");
  add<wait_group_misuse<P, wait_group_fault::reused>>(all, "misuse.wait_group_reused");
}

}  // namespace stealyard::model
