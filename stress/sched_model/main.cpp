// stealyard-relacy-sched: the product's own scheduler protocols under Relacy, for every combination of registered parts.
//   (no arguments)                 every scenario, every scheduler, the budget of continuous integration
//   --filter PART  --seed N  --executions N
//   --scheduler random|pct3        this one alone
//   --expect-failure               a mutant: succeed only if a scenario fails, on each of --seeds N seeds
//   --weaken FILE:ROW[:ROLE]=ORDER weakens a memory order, as often as wanted
//   --replay NAME:SCHEDULER:SEED:ITERATION
// Exit status: 0 nothing found, 1 something failed, 2 bad usage, 3 nothing matched.
#include "stress/sched_model/scenarios.hpp"

#include "stress/model/report.hpp"
#include "stress/world/sites.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace stealyard::model {

namespace {

constexpr scheduler_name searches[] = {{.pct = false}, {.pct = true, .depth = 3}};

struct request {
  std::string filter;
  std::string replay;
  std::string scheduler;  // empty: each
  std::vector<std::string> weakened;
  std::uint64_t seed = 1;
  std::uint64_t executions = 3000;
  bool expect_failure = false;
  unsigned seeds = 20;
};

struct failure {
  const sched_scenario* where;
  scheduler_name by;
  std::uint64_t seed;
  verdict what;
  std::uint64_t executions;  // of that scenario, until then
};

subject subject_of(const sched_scenario& s) { return {.threads = s.threads, .make = s.make}; }

std::string replay_text(const failure& f) {
  return f.where->name + ":" + to_string(f.by) + ":" + std::to_string(f.seed) + ":" + std::to_string(f.what.iteration);
}

void print(const failure& f) {
  std::printf("FAILED %s: %s\n  %s, seed %llu, iteration %llu\n", f.where->name.c_str(), f.what.what.c_str(), to_string(f.by).c_str(),
              static_cast<unsigned long long>(f.seed), static_cast<unsigned long long>(f.what.iteration));
  name_running(f.where->name);
  replay(subject_of(*f.where), f.by, f.seed, f.what.iteration);
  std::fputs(describe_interleaving(f.where->threads).c_str(), stdout);
  std::printf("  replay: stealyard-relacy-sched --replay '%s'\n", replay_text(f).c_str());
}

std::vector<const sched_scenario*> matching(const std::string& filter) {
  std::vector<const sched_scenario*> found;
  for (const auto& s : sched_scenarios()) {
    if (s.name.find(filter) != std::string::npos && s.name.starts_with(misuse) <= filter.starts_with(misuse)) found.push_back(&s);
  }
  return found;
}

std::optional<failure> search(const request& r, const std::vector<const sched_scenario*>& where, std::uint64_t seed) {
  for (const auto* s : where) {
    std::uint64_t executions = 0;
    for (const scheduler_name by : searches) {
      if (!r.scheduler.empty() && r.scheduler != to_string(by)) continue;
      name_running(s->name);
      const verdict v = explore(subject_of(*s), by, seed, 0, r.executions);
      executions += v.executions;
      if (v.failed) return failure{s, by, seed, v, executions};
    }
  }
  return {};
}

int expect_failure(const request& r, const std::vector<const sched_scenario*>& where) {
  std::vector<std::uint64_t> needed;
  std::optional<failure> last;
  for (unsigned i = 0; i != r.seeds; ++i) {
    const auto f = search(r, where, r.seed + i);
    if (f) {
      needed.push_back(f->executions);
      last = f;
    }
  }
  std::sort(needed.begin(), needed.end());
  std::printf("found with %zu of %u seeds", needed.size(), r.seeds);
  if (!needed.empty()) {
    std::printf("; executions: median %llu, worst %llu; %s in %s", static_cast<unsigned long long>(needed[needed.size() / 2]),
                static_cast<unsigned long long>(needed.back()), last->what.what.c_str(), last->where->name.c_str());
  }
  std::printf("\n");
  return needed.size() == r.seeds ? 0 : 1;
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "stealyard-relacy-sched: %s\n", why.c_str());
  return 2;
}

int run_replay(const std::string& text) {
  std::vector<std::string> fields;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(':', from), text.size());
    fields.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  const auto by = fields.size() == 4 ? parse_scheduler(fields[1]) : std::nullopt;
  const auto number = [](const std::string& s) { return !s.empty() && s.size() < 19 && s.find_first_not_of("0123456789") == s.npos; };
  if (!by || !number(fields[2]) || !number(fields[3])) {
    return refuse("--replay '" + text +
                  "': accepted is NAME:SCHEDULER:SEED:ITERATION, with random or pct1 .. pct8, as a failure prints it");
  }
  for (const auto& s : sched_scenarios()) {
    if (s.name != fields[0]) continue;
    const failure f{&s, *by, std::stoull(fields[2]), {}, 0};
    const verdict v = replay(subject_of(s), *by, f.seed, std::stoull(fields[3]));
    std::printf("%s %s%s%s\n", v.failed ? "FAILED" : "passed", s.name.c_str(), v.failed ? ": " : "", v.what.c_str());
    std::fputs(describe_interleaving(s.threads).c_str(), stdout);
    return v.failed ? 1 : 0;
  }
  return refuse("--replay '" + text + "': no scenario " + fields[0]);
}

// Empty: done. Else what is wrong with one of them.
std::string weaken(const std::vector<std::string>& texts) {
  std::vector<world::weakening> rules;
  for (const auto& text : texts) {
    std::string why;
    const auto rule = world::parse_weakening(text, why);
    if (!rule) return "--weaken " + why;
    rules.push_back(*rule);
  }
  world::sites.weaken(rules);
  return "";
}

int run(int argc, char** argv) {
  CLI::App app{"The product's scheduler protocols under the Relacy Race Detector"};
  request r;
  app.add_option("--filter", r.filter, "scenarios whose name contains this");
  app.add_option("--weaken", r.weakened, "FILE:ROW[:ROLE]=ORDER: a memory order to weaken");
  app.add_option("--scheduler", r.scheduler, "this one alone")->check(CLI::IsMember({"random", "pct3"}));
  app.add_option("--replay", r.replay, "NAME:SCHEDULER:SEED:ITERATION, as a failure prints it");
  app.add_option("--seed", r.seed, "the first seed");
  app.add_option("--executions", r.executions, "of each scenario under each scheduler")->check(CLI::Range(1ul, 1'000'000'000ul));
  app.add_option("--seeds", r.seeds, "with --expect-failure: how many")->check(CLI::Range(1u, 10'000u));
  app.add_flag("--expect-failure", r.expect_failure, "succeed only if every seed finds a failure");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return refuse(e.what());
  }
  guard_process();
  if (const std::string wrong = weaken(r.weakened); !wrong.empty()) return refuse(wrong);
  if (!r.replay.empty()) return run_replay(r.replay);
  const auto where = matching(r.filter);
  if (where.empty()) {
    std::fprintf(stderr, "stealyard-relacy-sched: nothing matches --filter %s\n", r.filter.c_str());
    return 3;
  }
  if (r.expect_failure) {
    const int status = expect_failure(r, where);
    return world::sites.every_rule_applied() ? status : refuse("--weaken: a row that no execution reached");
  }
  for (const auto* s : where) {
    const auto f = search(r, {s}, r.seed);
    if (f) {
      print(*f);
      return 1;
    }
    std::printf("ok     %s: %llu executions\n", s->name.c_str(),
                static_cast<unsigned long long>(r.executions) * (r.scheduler.empty() ? std::size(searches) : 1));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

}  // namespace stealyard::model

int main(int argc, char** argv) { return stealyard::model::run(argc, argv); }
