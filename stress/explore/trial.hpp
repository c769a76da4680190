// trial: the explorer itself on trial, by litmus programs. Its search against itself without reduction (nothing may be lost), and its
// memory against axioms and against known verdicts (nothing may be lost or invented).
#pragma once
#include <cstddef>
#include <cstdint>

namespace stealyard::explore {

struct trial_options {
  std::size_t programs = 2000;      // random ones
  unsigned instructions = 6;        // of each, at most
  std::uint64_t seed = 1;
  std::size_t most_full = 200'000;  // runs of the search without reduction; a program that needs more is not compared, and counted
  std::size_t orders = 27;          // choices of orders of each program of the library
  std::size_t objects = 2000;       // random programs of locks, sleepers and wakers
};

// 0, or 1 if anything differs.
int try_litmus(const trial_options& o);

}  // namespace stealyard::explore
