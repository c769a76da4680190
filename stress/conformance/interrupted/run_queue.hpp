// RQ1 and RQ2 of a run queue, with another thread's calls before every single step of a call.
#pragma once
#include "core/contract/run_queue.hpp"
#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/scripted.hpp"
#include "stress/conformance/support.hpp"

#include <cstdint>
#include <string>

namespace stealyard::conformance::run_queue_suite {

using item = std::uintptr_t;

template <class Q>
class interrupted {
  Q queue_;
  ledger taken_{64};
  item next_ = 1;

  void push(unsigned n) {
    for (; n != 0; --n) next_ += queue_.try_push(next_) == outcome::ok;
  }
  template <class Take>
  void take(unsigned n, Take call) {
    for (; n != 0; --n) {
      item got = 0;
      if (call(got) == outcome::ok) STEALYARD_REQUIRE(taken_.take(got - 1), "RQ2: item " << got << " came out twice, or was never pushed");
    }
  }
  void pop(unsigned n) {
    take(n, [&](item& into) { return queue_.try_pop(into); });
  }
  void steal(unsigned n) {
    take(n, [&](item& into) { return queue_.try_steal(into); });
  }

 public:
  static constexpr unsigned calls = 5;
  static const char* name(unsigned call) {
    static const char* const names[calls] = {"push", "pop", "steal", "three pushes", "three steals"};
    return names[call];
  }
  static bool by_owner(unsigned call) { return call == 0 || call == 1 || call == 3; }
  void call(unsigned which) {
    switch (which) {
      case 0:
        return push(1);
      case 1:
        return pop(1);
      case 2:
        return steal(1);
      case 3:
        return push(3);
      default:
        return steal(3);
    }
  }
  interrupted(std::size_t capacity, unsigned inside) : queue_(capacity) { push(inside); }

  // False: the call had ended before step k.
  bool run(unsigned which, unsigned by, unsigned k) {
    std::string complaint;  // a call of the queue may not throw
    script::interrupt(k, [&] {
      try {
        call(by);
      } catch (const reference::violation& v) {
        complaint = v.what();
      }
    });
    call(which);
    const bool happened = script::finish();
    STEALYARD_REQUIRE(complaint.empty(), complaint);
    pop(64);
    const std::size_t wrong = taken_.first_wrong(next_ - 1);
    STEALYARD_REQUIRE(wrong == next_ - 1, "RQ1: item " << wrong + 1 << " is lost");
    return happened;
  }
};

template <class Q>
void at_every_step() {
  using subject = interrupted<Q>;
  for (unsigned which = 0; which != subject::calls; ++which) {
    for (unsigned by = 0; by != subject::calls; ++by) {
      if (subject::by_owner(which) && subject::by_owner(by)) continue;  // there is one owner
      for (const std::size_t capacity : {1u, 2u, 3u}) {
        for (unsigned inside = 0; inside != 5; ++inside) {
          bool happened = true;
          for (unsigned k = 1; happened && k != scripted_steps; ++k) {
            reference::within([&] { happened = subject(capacity, inside).run(which, by, k); }, subject::name(by), " before step ", k,
                              " of ", subject::name(which), ", ", inside, " items inside, initial capacity ", capacity);
          }
        }
      }
    }
  }
}

}  // namespace stealyard::conformance::run_queue_suite
