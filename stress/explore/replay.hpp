// replay: an execution as one line of text, KIND/VARIANT:PROGRAM:PATH, and what a failing one looks like to a person.
#pragma once
#include "stress/explore/sweep.hpp"

namespace stealyard::explore {

struct replay_line {
  std::string label;  // kind/variant
  model::program what;
  std::vector<std::uint32_t> path;  // each decision: the thread that steps, or which of its effects a step has
};
std::string to_string(const replay_line& r);
// Nothing and a reason, if it is not one.
std::optional<replay_line> parse_replay(std::string_view text, std::string& why);

// The command that repeats it, with the weakenings and limits that differ from the defaults.
std::string command_of(const replay_line& r, const sweep_options& o);

// Repeats it and tells it: program, interleaving, what was stale and why that was allowed. Empty and a reason if it cannot be repeated.
std::string tell(const model::model_entry& entry, const replay_line& r, const sweep_options& o, std::string& why);

}  // namespace stealyard::explore
