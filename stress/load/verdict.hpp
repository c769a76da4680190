// verdict: what a history shows, as a person reads it.
#pragma once
#include "stress/load/linearize.hpp"
#include "stress/load/objects.hpp"

#include <string>

namespace stealyard::load {

struct finding {
  answer is = answer::linearizable;
  std::string what;  // refuted: one sentence
  history shown;     // refuted: the smallest part of the history that is wrong by itself
  std::uint64_t steps = 0;
};

// What needs no search: taken twice, taken and never pushed, taken before it was pushed; with `drained`, lost.
// For FIFO also: taken in the other order than pushed. Linear, or n log n.
finding look(const history& h, bool drained, bool fifo);

// Drops what says nothing about the object: every `lost`, and what `spurious` names. Either is refuted instead if no operation
// of another thread overlaps it.
struct spurious_claims {
  bool lost_push = false, lost_pop = false, lost_steal = false, empty_pop = false, empty_steal = false, full = false;
};
finding leave_out(history& h, const spurious_claims& claims);

// Only the operations on values that one thread pushed, and nothing of empty, full and closed.
history of_producer(const history& h, std::size_t producer);

// The smallest part of a refuted history that is refuted too. Dropping a value (push and take) or a result that changes nothing makes
// no history wrong that was right, unless some `full` is left: then values stay. Bounded effort; the result is always refuted.
template <class Object>
history shrink(history h, const Object& initial);

std::string to_table(const history& h);

}  // namespace stealyard::load

#include "stress/load/shrink.hpp"
