#include "stress/sched_model/scenarios.hpp"

#include "stress/world/relacy.hpp"

#include "registry/channel_buffers.hpp"
#include "stress/sched_model/memory_model.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using P = platform_without_scheduler;
using list = std::vector<sched_scenario>;

// The edges that a buffer without the channel's lock must bring itself (CB8).
template <template <class, class> class Buffer>
void add_buffer(list& all, const std::string& name) {
  if constexpr (Buffer<relacy, std::uint32_t>::claims.locking == buffer_locking::internal) {
    using made = lock_free_buffer<Buffer>;
    add<memory_rule<P, rule_send_then_receive, 1, made>>(all, "memory.send." + name);
    add<memory_rule<P, rule_close, 1, made>>(all, "memory.close." + name);
    add<memory_rule<P, rule_receive_then_sends<2>, 1, made>>(all, "memory.kth_receive." + name);
  }
}

}  // namespace

void add_memory_scenarios(list& all) {
  add<memory_rule<P, rule_send_then_receive, 0>>(all, "memory.send_unbuffered");
  add<memory_rule<P, rule_send_then_receive, 1>>(all, "memory.send_buffered");
  add<memory_rule<P, rule_close, 0>>(all, "memory.close");
  add<memory_rule<P, rule_receive_then_sends<1>, 0>>(all, "memory.receive_unbuffered");
  add<memory_rule<P, rule_receive_then_sends<2>, 1>>(all, "memory.kth_receive_capacity_1");
  add<memory_rule<P, rule_receive_then_sends<3>, 2>>(all, "memory.kth_receive_capacity_2");
  add<memory_rule<P, rule_a_try_lock, 0>>(all, "memory.try_lock");
  add<memory_rule<P, rule_done, 0>>(all, "memory.done");
#define STEALYARD_ROW(V) add_buffer<channel_buffer::V>(all, #V);
  STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)
#undef STEALYARD_ROW

  add<memory_rule<P, rule_after_the_send, 1>>(all, "misuse.memory.after_the_send");
  add<memory_rule<P, rule_receive_then_sends<1>, 1>>(all, "misuse.memory.buffered_receive");
  add<memory_rule<P, rule_receive_then_sends<2>, 2>>(all, "misuse.memory.kth_receive_and_send_k_plus_C_less_one");
  add<memory_rule<P, rule_close_before_what_was_inside, 1>>(all, "misuse.memory.close_before_what_was_inside");
  add<memory_rule<P, rule_a_failed_try_lock, 0>>(all, "misuse.memory.a_failed_try_lock");
  add<memory_rule<P, rule_after_the_unlock, 0>>(all, "misuse.memory.after_the_unlock");
  add<memory_rule<P, rule_readers, 0>>(all, "misuse.memory.rw_mutex_readers");
  add<memory_rule<P, rule_after_done, 0>>(all, "misuse.memory.after_done");
}

}  // namespace stealyard::model
