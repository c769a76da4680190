// Goroutines that are still blocked: with options.leaks (or STEALYARD_LEAKS) when main returns, and on demand.
#pragma once
#include "core/sched/minutes.hpp"

#include <cstdint>
#include <source_location>
#include <vector>

namespace stealyard {

struct leaked_goroutine {
  std::uint64_t id = 0;
  const char* waits_for = "";          // Go's words: "chan receive", "select", …
  unsigned minutes = 0;                // for how long
  std::source_location created_at{};   // where it was started
  std::uint64_t created_by = 0;        // by which goroutine; 0: a foreign thread
};

// Those that are blocked at this moment, by id; empty outside run(). Whether one of them will go on, nobody can know: call it where
// all should have ended. Any thread may; costs a look at every control block there is.
std::vector<leaked_goroutine> leaked_goroutines();

}  // namespace stealyard
