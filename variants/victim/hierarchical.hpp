// hierarchical: the nearest workers first, ring by ring; within a ring in random order.
// Source:     ours; locality-guided stealing as in SLAW (Guo, Zhao, Cavé, Sarkar, IPDPS 2010), with distances from the topology
//             (hwloc's, or measured ones: whatever the scheduler's view says).
// Progress:   wait-free.
// Deviates:   nothing.
// Invariants: I1 order holds the other workers by ascending distance; rings are runs of equal distance. Shuffling stays within a ring.
//             I2 what a pass has named lies before `at`; the rest of its ring begins there.
// Orders
//   none: a thief's state is its own, and W::random too
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/victim.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace stealyard::victim {

template <class W>
class hierarchical {
 public:
  static constexpr victim_claims claims{
      .covers = true,
      .unbiased = false,
      .nearest_first = true,
  };

  explicit hierarchical(const victim_view& view)
      : view_(view), workers_(view.workers()), thieves_(std::make_unique<thief_state[]>(workers_)) {
    for (unsigned thief = 0; thief != workers_; ++thief) thieves_[thief].order.resize(workers_ - 1);
  }

  void begin_pass(unsigned thief) noexcept {
    thief_state& mine = thieves_[thief];
    if (!mine.sorted) sort_victims(thief);  // not before: whoever makes the policy may not know the distances yet
    mine.at = 0;
  }

  unsigned next(unsigned thief) noexcept {
    STEALYARD_ASSERT(workers_ >= 2 && thief < workers_, "hierarchical: a thief below workers, and somebody to rob");
    thief_state& mine = thieves_[thief];
    if (mine.at == mine.order.size()) mine.at = 0;
    neighbour& here = mine.order[mine.at];
    const auto left_in_ring = static_cast<std::uint32_t>(here.ring_end - mine.at);
    std::swap(here.worker, mine.order[mine.at + W::random(left_in_ring)].worker);  // one step of Fisher and Yates
    ++mine.at;
    return here.worker;
  }

 private:
  struct neighbour {
    std::uint32_t distance = 0;
    std::uint16_t worker = 0;
    std::uint16_t ring_end = 0;  // index after the last of its ring
  };
  struct alignas(line_size) thief_state {
    std::vector<neighbour> order;
    std::size_t at = 0;
    bool sorted = false;
  };

  void sort_victims(unsigned thief) noexcept {
    auto& order = thieves_[thief].order;
    for (unsigned i = 0; i != order.size(); ++i) {
      const unsigned other = i < thief ? i : i + 1;
      order[i] = {view_.distance(thief, other), static_cast<std::uint16_t>(other), 0};
    }
    std::sort(order.begin(), order.end(), [](const neighbour& a, const neighbour& b) { return a.distance < b.distance; });
    std::size_t ring_end = order.size();
    for (std::size_t i = order.size(); i-- != 0;) {
      if (i + 1 != order.size() && order[i].distance != order[i + 1].distance) ring_end = i + 1;
      order[i].ring_end = static_cast<std::uint16_t>(ring_end);
    }
    thieves_[thief].sorted = true;
  }

  const victim_view& view_;
  const unsigned workers_;
  const std::unique_ptr<thief_state[]> thieves_;
};

}  // namespace stealyard::victim
