#include "stress/sched_model/scenarios.hpp"

#include "stress/model/checked.hpp"

#include "registry/channel_buffers.hpp"
#include "registry/selectors.hpp"
#include "stress/sched_model/select_protocol.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using list = std::vector<sched_scenario>;
using P = platform_without_scheduler;

struct default_buffer {
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make() {
    return nullptr;
  }
};
template <template <class, class> class Buffer>
struct lock_free_buffer {
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make() {
    return std::make_unique<buffer_box<Buffer<checked, T>, T>>(1);
  }
};

template <class Selector, template <class, class> class Buffer>
void add_lock_free(list& all, const std::string& name) {
  using buffer = Buffer<checked, std::uint32_t>;
  // Each channel has two senders and two receivers here.
  constexpr bool fits = buffer::claims.locking == buffer_locking::internal && (buffer::claims.who == arity::mpmc);
  if constexpr (Selector::claims.lock_free_channels && fits) {
    add<select_exchange<P, Selector, lock_free_buffer<Buffer>>>(all, "select.exchange." + name);
  }
}

// One that does not sleep has no protocol, and two of them never meet.
template <class Selector>
void add_selector(list& all, const std::string& name) {
  if constexpr (Selector::claims.sleeps) {
    add<select_exchange<P, Selector, default_buffer>>(all, "select.exchange." + name);
    add<select_meeting<P, Selector>>(all, "select.meeting." + name);
#define STEALYARD_ROW(V) add_lock_free<Selector, channel_buffer::V>(all, name + "." #V);
    STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)
#undef STEALYARD_ROW
  }
}

}  // namespace

void add_select_scenarios(list& all) {
#define STEALYARD_ROW(V) add_selector<selector::V<checked>>(all, #V);
  STEALYARD_SELECTORS(STEALYARD_ROW)
#undef STEALYARD_ROW
}

}  // namespace stealyard::model
