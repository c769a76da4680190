// object_trial: the reduction on what litmus programs have not: locks, sleepers and wakers. Random programs of these and of plain loads and
// stores, by source sets and in full: the same executions must be found.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stealyard::explore {

struct object_trial_options {
  std::size_t programs = 2000;
  unsigned operations = 5;  // of each, at most
  std::uint64_t seed = 1;
  std::size_t most_full = 20'000;  // runs of the search without reduction; a program that needs more is not compared, and counted
};

// How many programs lose something.
std::size_t try_objects(const object_trial_options& o);

}  // namespace stealyard::explore
