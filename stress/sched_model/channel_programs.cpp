// Channels and selects as kinds of the explorer.
#include "registry/channel_buffers.hpp"
#include "registry/selectors.hpp"
#include "stress/sched_model/channel_programs.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard::model {

namespace {

using P = platform_without_scheduler;

struct no_buffer {
  static constexpr channel_buffer_claims claims{.locking = buffer_locking::external};
  static constexpr unsigned capacity(unsigned) { return 0; }
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make(std::size_t) {
    return nullptr;
  }
};
struct default_buffer : no_buffer {
  static constexpr unsigned capacity(unsigned n) { return n; }
};
template <template <class, class> class Buffer>
struct lock_free_buffer {
  static constexpr channel_buffer_claims claims = Buffer<checked, int>::claims;
  static constexpr unsigned capacity(unsigned n) { return n; }
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make(std::size_t n) {
    return std::make_unique<buffer_box<Buffer<checked, T>, T>>(n);
  }
};

template <template <class, class> class Buffer>
void add_channel(const char* name) {
  using made = lock_free_buffer<Buffer>;
  if constexpr (made::claims.locking == buffer_locking::internal)
    add_entry<channel_program<P, made>>("chan", name, {.who = made::claims.who});
}

template <class Selector, template <class, class> class Buffer>
void add_lock_free_select(const std::string& name) {
  using made = lock_free_buffer<Buffer>;
  if constexpr (Selector::claims.lock_free_channels && made::claims.locking == buffer_locking::internal)
    add_entry<select_program<P, Selector, made>>("select", name, {.who = made::claims.who, .most_capacity = 1});
}
// One that does not sleep has no protocol, and two of them never meet.
template <class Selector>
void add_select(const std::string& name) {
  if constexpr (Selector::claims.sleeps) {
    add_entry<select_program<P, Selector, default_buffer>>("select", name, {.most_capacity = 1});
#define STEALYARD_ROW(V) add_lock_free_select<Selector, channel_buffer::V>(name + "-" #V);
    STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)
#undef STEALYARD_ROW
  }
}

[[maybe_unused]] const bool added = [] {
  add_entry<channel_program<P, no_buffer>>("chan", "unbuffered", {.most_capacity = 1});
  add_entry<channel_program<P, default_buffer>>("chan", "mutex_ring", {.most_capacity = 2});
#define STEALYARD_ROW(V) add_channel<channel_buffer::V>(#V);
  STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) add_select<selector::V<checked>>(#V);
  STEALYARD_SELECTORS(STEALYARD_ROW)
#undef STEALYARD_ROW
  return true;
}();

}  // namespace

}  // namespace stealyard::model
