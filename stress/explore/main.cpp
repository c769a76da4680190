// stealyard-explore: every execution of small programs, under C++20's memory model; see README.md beside this file.
// Exit status: 0 nothing found, 1 something failed, 2 bad usage, 3 nothing matched.
#include "stress/explore/trial.hpp"

#include <CLI/CLI.hpp>

namespace {

enum exit_status { fine = 0, failed = 1, usage = 2, no_match = 3 };

}  // namespace

int main(int argc, char** argv) {
  using namespace stealyard::explore;
  CLI::App app("Runs every execution of small programs, under C++20's memory model.", "stealyard-explore");
  app.require_subcommand(1);

  trial_options trial;
  CLI::App* litmus =
      app.add_subcommand("litmus", "the explorer's own trial: source sets against the search in full, memory against axioms");
  litmus->add_option("--programs", trial.programs, "random programs")->check(CLI::Range(std::size_t{0}, std::size_t{100'000'000}));
  litmus->add_option("--instructions", trial.instructions, "of a random program, at most")->check(CLI::Range(2u, 12u));
  litmus->add_option("--seed", trial.seed, "of the random programs");
  litmus->add_option("--most_full", trial.most_full, "runs of the search in full; larger programs are not compared with it");
  litmus->add_option("--orders", trial.orders, "choices of orders of each program of the library");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::fprintf(stderr, "stealyard-explore: %s\n", e.what());
    return usage;
  }
  if (litmus->parsed()) return try_litmus(trial) == 0 ? fine : failed;
  return fine;
}
