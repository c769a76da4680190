// The progress meter on an idle policy: begin_search and work_added, beside workers that are stopped anywhere on their way to sleep, asleep
// or on their way back. Each thread is the worker of its number; others slept before it all began.
#pragma once
#include "core/contract/idle.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

#include <array>
#include <utility>

namespace stealyard::meter::idle_suite {

inline constexpr unsigned workers = 8;

// Where workers sleep: a permit each.
class beds final : public idle_sleepers {
  std::array<bool, workers> permits_{};

 public:
  bool park(unsigned worker, nanoseconds_t deadline) noexcept override {
    for (;;) {
      actor::step({"park"});
      if (std::exchange(permits_[worker], false)) return true;
      if (gated::now() >= deadline) return false;
    }
  }
  void unpark(unsigned worker) noexcept override {
    actor::step({"unpark"});
    permits_[worker] = true;
  }
};

enum operations : unsigned { begin_search, work_added, sleep, look_again, wake_all };

template <class I>
class of final : public subject {
  beds beds_;
  I idle_{workers, beds_};
  std::array<bool, workers> searching_{};

  bool prepare(unsigned me) { return idle_.prepare_sleep(me, std::exchange(searching_[me], false)); }

 public:
  explicit of(std::size_t asleep) {
    for (unsigned i = 1; i <= asleep; ++i) prepare(workers - i);
  }
  bool call(unsigned operation) override {
    const unsigned me = gated::self();
    switch (operation) {
      case begin_search:  // of a worker that searches, whom no measurement begins with: the end of it
        if (std::exchange(searching_[me], false)) {
          idle_.end_search_found(me);
        } else {
          searching_[me] = idle_.begin_search(me);
        }
        break;
      case work_added:
        idle_.work_added();
        break;
      case sleep:
        prepare(me);
        searching_[me] = idle_.commit_sleep(me, never) && I::claims.woken_searches;
        break;
      case look_again:
        prepare(me);
        searching_[me] = idle_.cancel_sleep(me) && I::claims.woken_searches;
        break;
      default:
        idle_.wake_all();
    }
    return true;
  }
};

template <class I>
entry measured(const char* name) {
  return {"idle",
          name,
          "",
          {{"begin_search", I::claims.begin_search},
           {"work_added", I::claims.work_added},
           {"sleep", {}, 0, true},
           {"look again", {}, 0, true},
           {"wake_all"}},
          {{0, {}}, {1, {}}, {2, {}}, {2, {work_added}}},
          wake_all,
          [](std::size_t asleep) -> std::unique_ptr<subject> { return std::make_unique<of<I>>(asleep); }};
}

template <template <class> class V>
void add(const char* name) {
  entries().push_back(measured<V<gated>>(name));
}

}  // namespace stealyard::meter::idle_suite
