// four_ary_heap: the pending timers in a heap of four children a node, in one array; each timer knows its place in it.
// Source:     Johnson, "Priority queues with update and finding minimum spanning trees", 1975 (d-ary heaps); Go's runtime/time.go
//             uses four children too.
// Progress:   blocking, by the worker's timer lock. insert, erase and pop O(log n), earliest O(1); no allocation but the array's growth.
// Deviates:   the keys are copied into the array, so that sifting touches one timer a level, not five.
// Invariants: I1 entries_[i].timer->position == i, and SIZE_MAX for a timer that is not inside. I2 entries_[i].when >= the parent's.
//             I3 entries_[i].when is the timer's `when` at insert: its owner may not change it while the timer is inside.
// Orders
//   none: no atomic operation
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/timer_queue.hpp"

#include <vector>

namespace stealyard::timer_queue {

template <class Timer>
class four_ary_heap {
 public:
  static constexpr timer_queue_claims claims{
      .ordered = true,
      .resolution = 0,
  };

  four_ary_heap() = default;
  four_ary_heap(const four_ary_heap&) = delete;
  four_ary_heap& operator=(const four_ary_heap&) = delete;

  void insert(Timer& t) {
    STEALYARD_ASSERT(t.position == outside, "four_ary_heap: a timer is inserted that is inside a queue already");
    entries_.push_back({t.when, &t});
    sift_up(entries_.size() - 1, {t.when, &t});
  }

  bool erase(Timer& t) noexcept {
    if (t.position == outside) return false;
    STEALYARD_ASSERT(t.position < entries_.size() && entries_[t.position].timer == &t, "four_ary_heap: erase of another queue's timer");
    remove(t.position);
    return true;
  }

  Timer* pop_due(nanoseconds_t now) noexcept {
    if (entries_.empty() || entries_.front().when > now) return nullptr;
    Timer* const due = entries_.front().timer;
    remove(0);
    return due;
  }

  nanoseconds_t earliest() const noexcept { return entries_.empty() ? never : entries_.front().when; }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    nanoseconds_t when;
    Timer* timer;
  };
  static constexpr std::size_t outside = SIZE_MAX;
  static constexpr std::size_t children = 4;

  void place(std::size_t at, const entry& e) noexcept {
    entries_[at] = e;
    e.timer->position = at;
  }

  // The hole left at `at` is filled by the last entry, which may belong above or below.
  void remove(std::size_t at) noexcept {
    entries_[at].timer->position = outside;
    const entry last = entries_.back();
    entries_.pop_back();
    if (at == entries_.size()) return;
    if (at != 0 && last.when < entries_[(at - 1) / children].when) {
      sift_up(at, last);
    } else {
      sift_down(at, last);
    }
  }

  void sift_up(std::size_t hole, entry e) noexcept {
    while (hole != 0) {
      const std::size_t parent = (hole - 1) / children;
      if (entries_[parent].when <= e.when) break;
      place(hole, entries_[parent]);
      hole = parent;
    }
    place(hole, e);
  }

  void sift_down(std::size_t hole, entry e) noexcept {
    for (;;) {
      const std::size_t first = hole * children + 1;
      if (first >= entries_.size()) break;
      const std::size_t end = first + children < entries_.size() ? first + children : entries_.size();
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (entries_[child].when < entries_[least].when) least = child;
      }
      if (entries_[least].when >= e.when) break;
      place(hole, entries_[least]);
      hole = least;
    }
    place(hole, e);
  }

  std::vector<entry> entries_;
};

}  // namespace stealyard::timer_queue
