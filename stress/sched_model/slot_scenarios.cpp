#include "stress/sched_model/scenarios.hpp"

#include "stress/model/checked.hpp"

#include "registry/channel_buffers.hpp"
#include "stress/sched_model/channel_protocol.hpp"
#include "stress/sched_model/next_slot.hpp"
#include "stress/sched_model/private_slots.hpp"
#include "stress/sched_model/timer_protocol.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using P = platform_without_scheduler;
using list = std::vector<sched_scenario>;

template <template <class, class> class Buffer>
void add_channel(list& all, const std::string& name) {
  using buffer = Buffer<checked, std::uint32_t>;
  // The scenario has two senders.
  if constexpr (buffer::claims.locking == buffer_locking::internal && buffer::claims.who != arity::spsc &&
                buffer::claims.who != arity::spmc) {
    add<channel_protocol<P, Buffer>>(all, "channel." + name);
  }
}

}  // namespace

void add_slot_scenarios(list& all) {
  add<revoked_slots<P>>(all, "private_slots");
  add<timer_protocol<P>>(all, "timer");
  add<next_slot_again<P>>(all, "next_slot");
#define STEALYARD_ROW(V) add_channel<channel_buffer::V>(all, #V);
  STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)
#undef STEALYARD_ROW
}

}  // namespace stealyard::model
