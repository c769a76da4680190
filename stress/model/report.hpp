// report: a failing execution as a person reads it: the program, then one column a thread, with values, places and rows.
#pragma once
#include "stress/model/engine.hpp"
#include "stress/model/suite.hpp"
#include "stress/world/sites.hpp"

namespace stealyard::model {

struct replay_line {
  std::string label;  // kind/variant
  program what;
  scheduler_name by;
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::vector<world::weakening> weakened;  // printed as --weaken before --replay
};
std::string to_string(const replay_line& r);       // kind/variant:program:scheduler:seed:iteration
std::string command_of(const replay_line& r);      // the whole command
// Nothing and a reason, if it is not one.
std::optional<replay_line> parse_replay(std::string_view text, std::string& why);

// What the last replay recorded, as text.
std::string describe_program(const program& p, std::string_view kind);
std::string describe_interleaving(unsigned threads);

}  // namespace stealyard::model
