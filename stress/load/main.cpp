// stealyard-load: real threads on every run queue and channel buffer, every call recorded, every history checked.
#include "stress/conformance/support.hpp"
#include "stress/load/control.hpp"
#include "stress/load/round.hpp"
#include "stress/load/self_check.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <random>
#include <sstream>

namespace {

using namespace stealyard::load;

enum exit_status { fine = 0, failed = 1, usage = 2, nothing = 3 };

struct arguments {
  std::string filter = "*";
  std::uint64_t seed = 0;
  std::size_t operations = 20'000;
  std::size_t rounds = 12;
  std::string world = "both";
  std::string save = "load-failures";
  std::string check;
  bool list = false, self_check = false, controls = false;
};

constexpr std::size_t capacities[] = {1, 2, 3, 8, 64};
constexpr const char* header = "stealyard-load 1";

void report(const entry& e, const finding& f) {
  fmt::print("FAILED load.{}: {}\n{}", e.dotted(), f.what, size(f.shown) == 0 ? std::string() : to_table(f.shown));
  if (size(f.shown) != 0) fmt::print("That is the smallest part that is wrong by itself; times are from its first call.\n");
}

struct totals {
  std::size_t variants = 0, histories = 0, operations = 0, undecided = 0, refuted = 0;
};

// False at the first history that is refuted: another of the same would say no more.
bool run_rounds(const entry& e, const arguments& given, totals& sum) {
  for (std::size_t round = 0; round != given.rounds; ++round) {
    round_settings s;
    s.seed = given.seed + round;
    s.capacity = capacities[round / 2 % std::size(capacities)];
    s.operations = given.operations;
    s.perturbed = given.world == "perturbed" || (given.world == "both" && round % 2 == 1);
    s.closes = round / 2 % 2 == 1;
    stealyard::conformance::begin_test(s.seed);
    history h = e.make(s);
    ++sum.histories;
    sum.operations += size(h);
    const finding f = e.check(h, s.capacity);
    if (f.is == answer::linearizable) continue;
    if (f.is == answer::undecided) {
      ++sum.undecided;
      fmt::print("undecided load.{}: seed {}, capacity {}: {}\n", e.dotted(), s.seed, s.capacity, f.what);
      continue;
    }
    ++sum.refuted;
    report(e, f);
    std::filesystem::create_directories(given.save);
    const std::string path = given.save + "/" + e.dotted() + "." + std::to_string(s.seed) + ".history";
    const std::string first_line =
        fmt::format("{} {} capacity {} seed {} {}", header, e.dotted(), s.capacity, s.seed, s.perturbed ? "perturbed" : "plain");
    const bool saved = save(h, first_line, path);
    fmt::print("{} threads, {} operations, capacity {}, {} threads; {}\n", h.size(), size(h), s.capacity,
               s.perturbed ? "perturbed" : "plain",
               saved ? "check it again: stealyard-load --check " + path : "the history could not be saved to " + path);
    return false;
  }
  return true;
}

int run(const arguments& given) {
  totals sum;
  for (const entry& e : entries()) {
    if (fnmatch(given.filter.c_str(), e.dotted().c_str(), 0) != 0) continue;
    ++sum.variants;
    run_rounds(e, given, sum);
  }
  if (sum.variants == 0) {
    fmt::print(stderr, "stealyard-load: nothing matches --filter {}; --list names what there is\n", given.filter);
    return nothing;
  }
  fmt::print("{} variants, {} histories, {} operations: {} refuted, {} undecided; seed {}\n", sum.variants, sum.histories, sum.operations,
             sum.refuted, sum.undecided, given.seed);
  return sum.refuted == 0 && sum.undecided == 0 ? fine : failed;
}

int check_file(const std::string& path) {
  std::string first;
  const history h = restore(path, first);
  std::istringstream words(first);
  std::string program, version, name, word;
  std::size_t capacity = 0;
  words >> program >> version >> name >> word >> capacity;
  if (program + " " + version != header || word != "capacity" || !words) {
    throw std::runtime_error(path + ":1: '" + first + "'; accepted is a history of this version: " + header + " KIND.VARIANT capacity N …");
  }
  for (const entry& e : entries()) {
    if (e.dotted() != name) continue;
    const finding f = e.check(h, capacity);
    if (f.is == answer::refuted) report(e, f);
    fmt::print("{}: {} operations, {}\n", path, size(h),
               f.is == answer::refuted     ? "refuted"
               : f.is == answer::undecided ? f.what
                                           : "linearizable");
    return f.is == answer::linearizable ? fine : failed;
  }
  throw std::runtime_error(path + ":1: the variant " + name + " is not in this build; --list names what is");
}

// The one that is no FIFO queue must be refuted, its honest twin must not.
int check_controls(const arguments& given) {
  totals sum;
  bool right = true;
  for (const entry& e : entries()) {
    if (!e.name.starts_with("control_")) continue;
    const bool passed = run_rounds(e, given, sum);
    const bool expected = e.name.ends_with("_relaxed");
    if (passed != expected)
      fmt::print("FAILED {}: {}\n", e.dotted(),
                 passed ? "not refuted: the checker is blind" : "refuted, though it claims no more than it does");
    right &= passed == expected;
  }
  fmt::print("controls: {}\n", right ? "as expected" : "FAILED");
  return right ? fine : failed;
}

int main_of(int argc, char** argv) {
  CLI::App app{"Linearizability of real runs: records what real threads call, and checks every history."};
  app.set_help_flag("--help");
  arguments given;
  given.seed = std::random_device{}();
  app.add_option("--filter", given.filter, "KIND.VARIANT; * and ? are wild");
  app.add_option("--seed", given.seed, "of the threads' choices; default: fresh");
  app.add_option("--operations", given.operations, "of a history")->check(CLI::Range(10, 100'000'000));
  app.add_option("--rounds", given.rounds, "histories of a variant")->check(CLI::Range(1, 1'000'000));
  app.add_option("--world", given.world)->check(CLI::IsMember({"plain", "perturbed", "both"}));
  app.add_option("--save", given.save, "folder for histories that are refuted");
  app.add_option("--check", given.check, "check a saved history");
  app.add_flag("--list", given.list);
  app.add_flag("--self-check", given.self_check, "the checker against every order of small histories; its speed");
  app.add_flag("--controls", given.controls, "variants whose verdict is known");
  try {
    app.parse(argc, argv);
    if (given.list) {
      for (const entry& e : entries()) fmt::print("{}\n", e.dotted());
      return fine;
    }
    if (given.self_check) return self_check(given.seed, 20'000, std::max<std::size_t>(given.operations, 1000)) ? fine : failed;
    if (!given.controls && given.check.empty()) return run(given);
    add_controls();
    return given.controls ? check_controls(given) : check_file(given.check);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "stealyard-load: {}\n", e.what());
  } catch (const std::runtime_error& e) {
    fmt::print(stderr, "stealyard-load: {}\n", e.what());
  }
  return usage;
}

}  // namespace

int main(int argc, char** argv) { return main_of(argc, argv); }
