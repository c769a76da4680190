// report: the line that replays a failing execution.
#pragma once
#include "stress/model/engine.hpp"
#include "stress/model/interleaving.hpp"
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

}  // namespace stealyard::model
