// litmus: the explorer's verdict on a litmus program, for comparing it with others'.
#pragma once
#include "stress/litmus/program.hpp"

#include <cstddef>

namespace stealyard::explore {

struct litmus_effort {
  std::size_t executions = 0;  // complete ones
  std::size_t cut = 0;
  std::size_t distinct = 0;    // executions that differ in what was read or in modification order
  bool complete = true;        // false: stopped at `most` runs
};

// Every outcome, over all executions. reduced: by source sets; else every interleaving, to test that nothing is lost by them.
litmus::verdict decide(const litmus::program& p, bool reduced, std::size_t most = SIZE_MAX, litmus_effort* spent = nullptr);

}  // namespace stealyard::explore
