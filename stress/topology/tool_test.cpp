// The executable: output, exit status, one line per error.
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

struct outcome {
  int status = -1;
  std::string output;
  std::string errors;
};

outcome run(std::string const& arguments) {
  scratch_folder scratch;
  auto const command = std::string("'") + STEALYARD_TOPOLOGY_TOOL + "' " + arguments + " 2>'" + scratch.path("errors") + "'";
  outcome seen;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return seen;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) seen.output.append(buffer, n);
  int const status = pclose(pipe);
  if (WIFEXITED(status)) seen.status = WEXITSTATUS(status);
  std::ifstream errors(scratch.path("errors"));
  seen.errors.assign(std::istreambuf_iterator<char>(errors), {});
  return seen;
}

void expect_usage_error(std::string const& arguments, std::string const& quoting) {
  auto const seen = run(arguments);
  EXPECT_EQ(seen.status, 2) << arguments;
  EXPECT_EQ(seen.output, "") << arguments;
  EXPECT_EQ(std::count(seen.errors.begin(), seen.errors.end(), '\n'), 1) << arguments << ": " << seen.errors;
  EXPECT_NE(seen.errors.find(quoting), std::string::npos) << arguments << ": " << seen.errors;
}

TEST(topology_tool, bad_input_is_one_line_and_status_2) {
  expect_usage_error("--synthetic 'pack:2'", "pack:2");
  expect_usage_error("--synthetic ''", "empty");
  expect_usage_error("--synthetic", "--synthetic");
  expect_usage_error("--xml ''", "xml");
  expect_usage_error("--xml /nonexistent.xml", "/nonexistent.xml");
  expect_usage_error("--xml /", "not a regular file");
  expect_usage_error("--xml a.xml --synthetic pu:2", "--xml");
  expect_usage_error("--json --export", "--export");
  expect_usage_error("--frobnicate", "'--frobnicate'; known: --export, --help, --json, --policy, --synthetic, --workers, --xml");
  expect_usage_error("stray", "stray");
  expect_usage_error("--policy diagonal", "diagonal");
  for (char const* workers : {"0", "-1", "65537", "4294967297", "99999999999999999999", "two", "1.5", "2x", ""})
    expect_usage_error(std::string("--workers '") + workers + "'", workers);
}

TEST(topology_tool, prints_the_machine_as_text) {
  auto const seen = run("--synthetic 'pack:2 numa:1 l3:1(size=8388608) core:2 pu:2' --workers 3 --policy scatter");
  EXPECT_EQ(seen.status, 0);
  EXPECT_EQ(seen.errors, "");
  for (char const* part : {"2 packages, 2 NUMA nodes, 4 cores, 8 PUs, SMT", "2 x L3 8 MiB, each for 4 PUs", "core 3: PUs 6-7", "derived",
                           "placement of 3 workers, scatter", "worker 1    PU 4", "by default    8 workers", "not this machine"})
    EXPECT_NE(seen.output.find(part), std::string::npos) << part << " is missing in\n" << seen.output;
}

TEST(topology_tool, json_says_what_the_library_says) {
  for (auto const& name : all_machines()) {
    auto const m = must_discover(name);
    auto const colon = name.find(':');
    auto const seen = run("--" + name.substr(0, colon) + " '" + name.substr(colon + 1) + "' --json --workers 5 --policy compact");
    ASSERT_EQ(seen.status, 0) << seen.errors;
    auto const shown = nlohmann::json::parse(seen.output);
    EXPECT_EQ(shown["schema"], "stealyard.topology/1");
    EXPECT_EQ(shown["fingerprint"], m.fingerprint());
    EXPECT_EQ(shown["pus"].size(), m.pus().size());
    EXPECT_EQ(shown["nodes"].size(), m.nodes().size());
    EXPECT_EQ(shown["caches"].size(), m.caches().size());
    EXPECT_EQ(shown["allowed_pus"], nlohmann::json(m.allowed_pus()));
    EXPECT_EQ(shown["distances"]["source"], std::string(name_of(m.distances().source)));
    EXPECT_EQ(shown["is_this_machine"], false);
    std::vector<unsigned> placed;
    for (auto const& worker : shown["placement"]["workers"]) placed.push_back(worker["pu"]);
    EXPECT_EQ(placed, m.place(5, placement::compact));
  }
}

TEST(topology_tool, here_in_every_form) {
  for (char const* form : {"", "--json", "--export"}) {
    auto const seen = run(form);
    EXPECT_EQ(seen.status, 0) << form;
    EXPECT_EQ(seen.errors, "") << form;
    EXPECT_FALSE(seen.output.empty()) << form;
  }
  scratch_folder scratch;
  auto const file = scratch.write("here.xml", run("--export").output);
  EXPECT_EQ(must_discover("xml:" + file).fingerprint(), must_discover("").fingerprint());
}

TEST(topology_tool, help_and_a_full_disk) {
  auto const help = run("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find("--synthetic"), std::string::npos);
  auto const full = run("--json > /dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(std::count(full.errors.begin(), full.errors.end(), '\n'), 1) << full.errors;
}

}  // namespace
}  // namespace stealyard::topology::testing
