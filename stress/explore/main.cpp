// stealyard-explore: every execution of small programs, under C++20's memory model; see README.md beside this file.
// Exit status: 0 nothing found, 1 something failed, 2 bad usage, 3 nothing matched.
#include "stress/bugs/seeded_bugs.hpp"
#include "stress/explore/ledger_command.hpp"
#include "stress/explore/replay.hpp"
#include "stress/explore/self_check.hpp"
#include "stress/explore/trial.hpp"
#include "stress/model/generators.hpp"
#include "stress/model/interleaving.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

namespace stealyard::explore {

namespace {

enum exit_status { fine = 0, failed = 1, usage = 2, no_match = 3 };

struct arguments {
  std::string filter = "*";
  sweep_options sweep;
  std::string shard = "0/1";
  std::vector<std::string> weaken, programs;
  std::string replay;
  std::string trace;
  bool json = false, list = false, full = false;
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "stealyard-explore: %s\n", why.c_str());
  return usage;
}

const char* status_of(const sweep_result& r) { return r.found ? "FAILED" : r.complete() ? "COMPLETE" : "INCOMPLETE"; }

nlohmann::ordered_json as_json(const model::model_entry& entry, const sweep_options& o, const sweep_result& r) {
  nlohmann::ordered_json j;
  j["variant"] = entry.label();
  j["status"] = status_of(r);
  j["bound"] = {
      {"operations", o.within.operations},  {"threads", o.within.threads},  {"capacity", o.within.capacity}, {"steps", o.bound.steps},
      {"longer_are_cut", o.bound.cut_long}, {"spurious", o.bound.spurious}, {"jumps", o.bound.jumps},        {"repeats", o.bound.repeats},
      {"runs_of_a_program", o.most_runs}};
  for (const model::program& p : o.only) j["bound"]["only"].push_back(model::to_string(p));
  j["shard"] = fmt::format("{}/{}", o.shard, o.shards);
  j["outside_the_model"] = {"load buffering", "asymmetric fences (both sides are full)", "reuse of addresses within an execution"};
  for (const world::weakening& w : o.weakened) j["weakened"].push_back(world::to_string(w));
  j["every_weakened_row_met"] = r.every_rule_met;
  j["programs"] = r.programs;
  j["programs_with_too_many_runs"] = r.incomplete;
  j["programs_with_hidden_executions"] = r.bounded;
  j["executions"] = r.executions;
  j["cut"] = r.cut;
  j["steps"] = r.steps;
  j["most_executions_of_a_program"] = r.longest;
  j["cpu_seconds"] = r.cpu_seconds;
  if (r.found) {
    const replay_line line{entry.label(), r.found->what, r.found->path};
    j["failure"] = {{"program", model::to_string(r.found->what)}, {"verdict", r.found->verdict}, {"steps", r.found->path.size()}};
    if (!r.found->path.empty()) j["failure"]["replay"] = command_of(line, o);
  }
  if (o.sites) {
    j["sites"] = nlohmann::ordered_json::array();
    for (const world::site& s : r.sites) {
      j["sites"].push_back({{"file", world::short_path(s.file)},
                            {"row", s.row},
                            {"line", s.line},
                            {"role", world::to_string(s.what)},
                            {"order", world::to_string(s.declared)}});
    }
  }
  return j;
}

void print(const model::model_entry& entry, const sweep_options& o, const sweep_result& r, const arguments& given) {
  const double rate = r.cpu_seconds > 0 ? static_cast<double>(r.steps) / r.cpu_seconds * 1e-6 : 0;
  const std::string counts = fmt::format("{} programs, {} executions (and {} cut), {} steps, {:.2f} s of processor, {:.2f} M steps/s",
                                         r.programs, r.executions, r.cut, r.steps, r.cpu_seconds, rate);
  fmt::print("{:10} {:34} {}; {}\n", status_of(r), entry.label(), bound_text(o), counts);
  if (r.incomplete != 0) fmt::print("           bound hit: {} programs have more than {} runs (--runs)\n", r.incomplete, o.most_runs);
  if (r.bounded != 0)
    fmt::print(
        "           bound hit: in {} programs a spin (--repeats), the writes to one location, or the length of executions (--steps) hid "
        "some\n",
        r.bounded);
  if (!r.found) return;
  const replay_line line{entry.label(), r.found->what, r.found->path};
  std::string why;
  std::string report;
  if (!r.found->path.empty()) report = tell(entry, line, o, why);
  if (report.empty()) {
    report = fmt::format("FAILED {}: {}\n{}{}", entry.label(), r.found->verdict, model::describe_program(r.found->what, entry.kind),
                         why.empty() ? std::string() : "  " + why + "\n");
  }
  std::fputs(report.c_str(), stdout);
  if (!given.trace.empty()) {
    std::ofstream out(given.trace);
    out << report;
    out.close();
    if (!out) fmt::print("  not saved: {} cannot be written\n", given.trace);
  }
}

int run_replay(const arguments& given) {
  std::string text = given.replay;
  // A saved report: its last line says it.
  if (std::ifstream file(text); text.find(':') == text.npos && file) {
    std::string found;
    for (std::string line; std::getline(file, line);) {
      if (const std::size_t at = line.find("--replay '"); at != line.npos) found = line.substr(at + 10, line.rfind('\'') - at - 10);
    }
    if (found.empty()) return refuse("--replay " + text + ": the file has no line with --replay");
    text = found;
  }
  std::string why;
  const auto r = parse_replay(text, why);
  if (!r) return refuse("--replay '" + text + "': " + why);
  const model::model_entry* entry = model::entry_labelled(r->label);
  if (entry == nullptr) return refuse("--replay '" + text + "': no variant " + r->label + "; known: " + model::known_labels());
  const std::string objection = model::rules_of(entry->kind)->objection(r->what, entry->facts);
  if (!objection.empty()) return refuse("--replay '" + text + "': " + objection);
  const std::string report = tell(*entry, *r, given.sweep, why);
  if (report.empty()) return refuse("--replay '" + text + "': " + why);
  std::fputs(report.c_str(), stdout);
  return report.starts_with("FAILED") ? failed : fine;
}

int run_sweeps(const arguments& given) {
  unsigned matched = 0, failures = 0, unmet = 0;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const model::model_entry& entry : model::entries()) {
    const std::string dotted = entry.kind + "." + entry.name;
    // A twin with a seeded bug is run only where it is asked for by name.
    if (!model::wild_match(given.filter, dotted) || (entry.seeded() && given.filter.find('+') == std::string::npos)) continue;
    ++matched;
    const sweep_result r = run_sweep(entry, given.sweep);
    failures += r.found ? 1 : 0;
    unmet += r.every_rule_met ? 0 : 1;
    if (given.json) {
      all.push_back(as_json(entry, given.sweep, r));
    } else {
      print(entry, given.sweep, r, given);
    }
    std::fflush(stdout);
  }
  if (matched == 0) {
    std::fprintf(stderr, "stealyard-explore: nothing matches --filter %s; known: %s\n", given.filter.c_str(),
                 model::known_labels().c_str());
    return no_match;
  }
  if (given.json) fmt::print("{}\n", all.dump(2));
  if (!given.sweep.weakened.empty() && unmet == matched) return refuse("--weaken: a row that no program reached");
  return failures == 0 ? fine : failed;
}

// Every seeded bug must be found, and by what: the smallest program that shows it.
int run_bugs(const arguments& given) {
  unsigned missed = 0, matched = 0;
  for (const bugs::seeded_bug& b : bugs::seeded_bugs()) {
    const std::string title = fmt::format("{}.{}+{}", b.kind, b.variant, b.name);
    if (!model::wild_match(given.filter, title)) continue;
    ++matched;
    sweep_options o = given.sweep;
    for (std::string_view text : b.weakened) {
      std::string why;
      if (const auto w = world::parse_weakening(text, why)) o.weakened.push_back(*w);
    }
    world::sites.weaken(o.weakened);
    const std::string label = fmt::format("{}/{}{}", b.kind, b.variant, b.weakened.empty() ? "+" + std::string(b.name) : std::string());
    const model::model_entry* entry = model::entry_labelled(label);
    const sweep_result r = entry != nullptr ? run_sweep(*entry, o) : sweep_result{};
    missed += r.found ? 0 : 1;
    fmt::print("{:7} {:46} ", r.found ? "found" : "MISSED", title);
    if (r.found) {
      const replay_line line{label, r.found->what, r.found->path};
      std::string why;
      const bool repeated = !tell(*entry, line, o, why).empty();
      missed += repeated ? 0 : 1;
      fmt::print("{}: {}; after {} executions, {:.2f} s{}\n", model::to_string(r.found->what), r.found->verdict, r.executions,
                 r.cpu_seconds, repeated ? "" : "; NOT REPEATED: " + why);
    } else {
      fmt::print("{}; {} programs\n", entry == nullptr ? "not in this build" : status_of(r), r.programs);
    }
    std::fflush(stdout);
  }
  world::sites.weaken({});
  if (matched == 0) return std::fprintf(stderr, "stealyard-explore: nothing matches bugs --filter %s\n", given.filter.c_str()), no_match;
  return missed == 0 ? fine : failed;
}

// What the flags say together. Not 0: refused.
int settle(arguments& given) {
  for (const std::string& text : given.weaken) {
    std::string why;
    const auto w = world::parse_weakening(text, why);
    if (!w) return refuse("--weaken " + why);
    given.sweep.weakened.push_back(*w);
  }
  unsigned shard = 0, shards = 0;
  char slash = 0, rest = 0;
  if (std::sscanf(given.shard.c_str(), "%u%c%u%c", &shard, &slash, &shards, &rest) != 3 || slash != '/' || shards == 0 || shard >= shards) {
    return refuse("--shard " + given.shard + ": accepted is I/N with I below N, such as 0/8");
  }
  for (const std::string& text : given.programs) {
    const auto p = model::parse_program(text);
    if (!p) return refuse("--programs '" + text + "' is no program (like 2/uuo/s)");
    for (const model::model_entry& entry : model::entries()) {
      if (!model::wild_match(given.filter, entry.kind + "." + entry.name)) continue;
      const std::string objection = model::rules_of(entry.kind)->objection(*p, entry.facts);
      if (!objection.empty()) return refuse("--programs '" + text + "' of " + entry.label() + ": " + objection);
    }
    given.sweep.only.push_back(*p);
  }
  given.sweep.shard = shard;
  given.sweep.shards = shards;
  given.sweep.reduced = !given.full;
  world::sites.weaken(given.sweep.weakened);
  if (given.sweep.sites) world::sites.watch(true);
  return fine;
}

int dispatch(const arguments& given) {
  if (given.list) return fmt::print("{}\n", model::known_labels("\n")), fine;
  return given.replay.empty() ? run_sweeps(given) : run_replay(given);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("Runs every execution of every small program, under C++20's memory model.", "stealyard-explore");
  arguments given;
  sweep_options& sweep = given.sweep;
  app.add_option("--filter", given.filter, "kind.variant, with * and ?");
  app.add_option("--bound", sweep.within.operations, "operations of a program, all threads together")->check(CLI::Range(1u, 8u));
  app.add_option("--threads", sweep.within.threads, "of a program, at most")->check(CLI::Range(2u, 4u));
  app.add_option("--capacity", sweep.within.capacity, "the largest")->check(CLI::Range(1u, 3u));
  app.add_option("--runs", sweep.most_runs, "of one program, at most")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60));
  app.add_option("--steps", sweep.bound.steps, "of one execution, at most")->check(CLI::Range(10u, 20000u));
  app.add_flag("--cut_long", sweep.bound.cut_long,
               "longer ones are given up, and the result is incomplete: for what ends with probability one");
  app.add_option("--spurious", sweep.bound.spurious, "failures and wake-ups without reason, a thread")->check(CLI::Range(0u, 100u));
  app.add_option("--jumps", sweep.bound.jumps, "deadlines that pass while others could run, a thread")->check(CLI::Range(0u, 100u));
  app.add_option("--repeats", sweep.bound.repeats, "turns of a spin in which nothing changed, a thread")->check(CLI::Range(0u, 1000u));
  app.add_option("--shard", given.shard, "I/N: only every N-th program, from the I-th");
  app.add_option("--programs", given.programs, "only these, whatever their size: 2/uuo/s,2/uu/ss")->delimiter(',')->allow_extra_args(false);
  app.add_option("--jobs", sweep.jobs, "processes")->check(CLI::Range(1u, 64u));
  app.add_option("--weaken", given.weaken, "FILE:ROW[:ROLE]=ORDER, may be repeated");
  app.add_option("--replay", given.replay, "repeat one execution, by the line a failure ends with or a file saved by --trace");
  app.add_option("--trace", given.trace, "save a failure's report in this file");
  app.add_flag("--json", given.json, "machine-readable results");
  app.add_flag("--sites", sweep.sites, "list the places where orders were used (in --json)");
  app.add_flag("--full", given.full, "without reduction");
  app.add_flag("--list", given.list, "the known variants");

  trial_options trial;
  CLI::App* litmus =
      app.add_subcommand("litmus", "the explorer's own trial: source sets against the search in full, memory against axioms");
  litmus->add_option("--programs", trial.programs, "random programs")->check(CLI::Range(std::size_t{0}, std::size_t{100'000'000}));
  litmus->add_option("--instructions", trial.instructions, "of a random program, at most")->check(CLI::Range(2u, 12u));
  litmus->add_option("--seed", trial.seed, "of the random programs");
  litmus->add_option("--most_full", trial.most_full, "runs of the search in full; larger programs are not compared with it");
  litmus->add_option("--objects", trial.objects, "random programs of locks, sleepers and wakers, against the search in full")
      ->check(CLI::Range(std::size_t{0}, std::size_t{100'000'000}));
  litmus->add_option("--orders", trial.orders, "choices of orders of each program of the library");
  CLI::App* seeded = app.add_subcommand("bugs", "each seeded bug (stress/bugs) must be found, and repeated");
  seeded->fallthrough();
  ledger_options ledger;
  bool apart = false;
  CLI::App* orders = app.add_subcommand("ledger", "which orders are needed: every strictly weaker one of every site is tried");
  orders->fallthrough();
  orders->add_flag("--every", ledger.every, "also try the orders between one that survived and the one written");
  orders->add_flag("--apart", apart, "only one order at a time, not the survivors together");
  CLI::App* check = app.add_subcommand("self_check", "hand-written scenarios with known verdicts, one for each thing the world promises");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    return refuse(e.what());
  }
  if (litmus->parsed()) return try_litmus(trial) == 0 ? fine : failed;
  if (check->parsed()) return run_self_check() == 0 ? fine : failed;
  if (seeded->parsed()) return run_bugs(given);
  if (const int refused = settle(given)) return refused;
  if (!orders->parsed()) return dispatch(given);
  if (given.sweep.shards != 1) return refuse("--shard " + given.shard + ": a ledger asks of all programs whether an order is needed");
  ledger.sweep = given.sweep;
  ledger.together = !apart;
  return run_ledgers(given.filter, ledger, given.json);
}

}  // namespace stealyard::explore

int main(int argc, char** argv) { return stealyard::explore::run(argc, argv); }
