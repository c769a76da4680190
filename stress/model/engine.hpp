// engine: runs executions of a scenario under Relacy and says what went wrong. Knows nothing of kinds, variants or programs.
#pragma once
#include "stress/model/scenario.hpp"

#include <optional>
#include <string_view>

namespace stealyard::model {

// "random", or "pct3": priority scheduling with two change points (see stress/world/schedulers.hpp).
struct scheduler_name {
  bool pct = false;
  unsigned depth = 3;
};
std::string to_string(const scheduler_name& s);
std::optional<scheduler_name> parse_scheduler(std::string_view text);

struct verdict {
  bool failed = false;
  std::string what = {};         // "DATA RACE: a read not ordered after a write"
  std::uint64_t executions = 0;  // run, the failing one included
  std::uint64_t iteration = 0;   // of the failing one
  unsigned steps = 0;            // of the failing one
};

// Runs iterations first .. first + count - 1, and stops at the first failure.
// An execution of more than `most_steps` steps is a livelock.
verdict explore(const subject& s, scheduler_name by, std::uint64_t seed, std::uint64_t first, std::uint64_t count);
// Repeats one iteration with the trace on (stress/world/trace.hpp).
verdict replay(const subject& s, scheduler_name by, std::uint64_t seed, std::uint64_t iteration);

inline constexpr unsigned most_steps = 10000;

// What a crash or a hang inside the model prints as "kind/variant:program"; then the process ends with status 1.
void name_running(std::string_view subject_and_program);
// Installs the handlers: a hang is a verdict, not a hung run.
void guard_process();

}  // namespace stealyard::model
