// sweep: one variant, every program within the scope, every execution of each.
#pragma once
#include "stress/explore/machine.hpp"
#include "stress/explore/scope.hpp"
#include "stress/world/sites.hpp"

#include <optional>

namespace stealyard::explore {

struct sweep_options {
  scope within;
  limits bound;
  std::uint64_t most_runs = 2'000'000;  // of one program, cut ones included; more is a bound that was hit
  unsigned jobs = 1;                    // processes; the result does not depend on it
  unsigned shard = 0, shards = 1;       // this one runs every `shards`-th program
  std::vector<model::program> only;     // these and no others; empty: all in the scope
  std::vector<world::weakening> weakened;
  bool reduced = true;
  bool sites = false;                   // list the places where orders were used
};

struct failure {
  model::program what;
  std::string verdict;              // "DATA RACE: a read not ordered after a write"
  std::vector<std::uint32_t> path;  // empty: it cannot be replayed (a crash, a hang)
};

struct sweep_result {
  std::size_t programs = 0;      // explored: those before the failing one, if there is one
  std::size_t incomplete = 0;    // of which so many hit `most_runs`
  std::size_t bounded = 0;       // … or a limit that hid executions
  std::uint64_t executions = 0;
  std::uint64_t cut = 0;         // given up, because whatever followed had been run
  std::uint64_t steps = 0;
  std::uint64_t longest = 0;     // executions of the program that had most
  double cpu_seconds = 0;
  std::optional<failure> found;  // of the smallest program that fails
  std::vector<world::site> sites;
  bool every_rule_met = true;    // of `weakened`
  bool complete() const noexcept { return !found && incomplete == 0 && bounded == 0; }
};

// What "complete" is complete within.
std::string bound_text(const sweep_options& o);

sweep_result run_sweep(const model::model_entry& entry, const sweep_options& o);

// Runs one program; gives how its first failing execution ended, or nothing.
struct program_result {
  std::uint64_t executions = 0, cut = 0, steps = 0;
  bool incomplete = false, bounded = false;
  std::optional<failure> found;
};
program_result run_program(const model::model_entry& entry, const model::program& p, const sweep_options& o);

// Repeats one execution with the trace on. Nothing: the path does not fit what this build does.
std::optional<machine::result> repeat(const model::model_entry& entry, const model::program& p, const std::vector<std::uint32_t>& path,
                                      const limits& bound);

std::string describe(const machine::result& r);

}  // namespace stealyard::explore
