// The command line of stealyard-bench. Everything wrong with it is a usage_error: one line, status 2; what is merely not applicable
// to these parts is a nothing_matched: one line, status 3.
#pragma once
#include "bench/harness/micro.hpp"
#include "bench/harness/workload.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace stealyard::bench {

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct nothing_matched : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The runtime would not start, and has said why.
struct refused {
  int status;
};

struct request {
  const workload* program = nullptr;                // exactly one of these two is set
  const micro::variant_scenario* scenario = nullptr;
  std::uint64_t size = 0;
  unsigned workers = 1;
  unsigned samples = 5;
  std::uint64_t min_time_ms = 50;
  std::uint64_t seed = 1;
  std::map<std::string, std::string> parts;  // of a workload: every kind that is chosen at run time
};

struct command_line {
  bool list = false;
  std::string help;  // to be printed
  std::optional<request> measure;
};

command_line parse(int argc, char** argv);

}  // namespace stealyard::bench
