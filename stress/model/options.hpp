// options: the command line of stealyard-relacy.
#pragma once
#include "stress/model/suite.hpp"
#include "stress/world/sites.hpp"

#include <cstdint>

namespace stealyard::model {

struct options {
  std::string filter = "*";
  std::uint64_t seed = 1;
  bool seed_given = false;
  double budget = 1;
  std::string replay;
  std::string save = "model-failures";
  std::string scheduler;  // random or pct3; empty: both
  std::vector<world::weakening> weakened;
  bool teeth = false;
  bool no_clean = false;  // teeth, but not also the variants without the bugs
  bool self_check = false;
  unsigned seeds = 20;
  bool list = false;
  bool help = false;
};

extern const char* const usage;
std::optional<options> parse_options(int argc, char** argv, std::string& why);
int refuse(const std::string& why);  // one line on stderr; returns 2

bool selected(const options& o, std::string_view dotted);  // the filter, on kind.variant, with * and ?

}  // namespace stealyard::model
