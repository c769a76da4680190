// rest_count: how many workers rest (asleep, or about to be, with nothing in hand), with a count of changes, so that "all rest" can
// be confirmed after looking at every queue: if nothing changed in between, nobody was awake to change anything.
#pragma once
#include "core/world/concept.hpp"

namespace stealyard::sched {

template <class W>
class rest_count {
  static constexpr std::uint64_t one_change = 1u << 16;
  atomic<W, std::uint64_t> state_{0};  // changes << 16 | resting

 public:
  // Returns the state after entering. All seq_cst: once a round of sleep, and the verdict reads queues between two looks.
  std::uint64_t enter() noexcept { return state_.fetch_add(one_change + 1, seq_cst) + one_change + 1; }
  void leave() noexcept { state_.fetch_add(one_change - 1, seq_cst); }
  std::uint64_t now() const noexcept { return state_.load(seq_cst); }
  static bool is_all(std::uint64_t state, std::size_t workers) noexcept { return (state & 0xffff) == workers; }
  bool all_but_one(std::size_t workers) const noexcept { return (state_.load(relaxed) & 0xffff) + 1 == workers; }
  bool unchanged(std::uint64_t state) const noexcept { return state_.load(seq_cst) == state; }
};

}  // namespace stealyard::sched
