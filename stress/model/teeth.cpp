#include "stress/model/teeth.hpp"

#include "stress/bugs/seeded_bugs.hpp"
#include "stress/model/campaign.hpp"
#include "stress/model/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace stealyard::model {

namespace {

using bugs::seeded_bug;

std::vector<world::weakening> rules_of(const seeded_bug& b) {
  std::vector<world::weakening> rules;
  for (std::string_view text : b.weakened) {
    std::string why;
    if (const auto w = world::parse_weakening(text, why)) rules.push_back(*w);
  }
  return rules;
}

std::string dotted(const seeded_bug& b) { return std::string(b.kind) + "." + std::string(b.variant) + "+" + std::string(b.name); }

std::uint64_t median(std::vector<std::uint64_t> of) {
  if (of.empty()) return 0;
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2), of.end());
  return of[of.size() / 2];
}

struct bite {
  unsigned found = 0;
  std::vector<std::uint64_t> executions;  // to the first failure
  std::uint64_t worst_seed = 0, worst = 0;  // the seed that took longest, or that did not find it
  bool every_rule_applied = true;
  double seconds = 0;
};

bite bite_into(const seeded_bug& b, const model_entry& entry, const options& o, std::uint64_t first_seed) {
  bite all;
  const effort how_hard = effort_of(entry.kind).scaled(o.budget);
  for (unsigned i = 0; i != o.seeds; ++i) {
    world::sites.weaken(rules_of(b));
    const std::uint64_t seed = first_seed + i;
    const campaign_result result = search(entry, seed, how_hard, false);
    all.seconds += result.seconds;
    all.every_rule_applied = all.every_rule_applied && world::sites.every_rule_applied();
    if (result.found) {
      ++all.found;
      all.executions.push_back(result.executions);
    }
    if (!result.found || (all.found == i + 1 && result.executions > all.worst)) {
      all.worst = result.executions;
      all.worst_seed = seed;
    }
  }
  world::sites.weaken({});
  return all;
}

// A suite that cries wolf proves nothing either: the variants that bugs are seeded in, at ten times the budget.
unsigned run_clean(const options& o, std::uint64_t first_seed) {
  unsigned failures = 0;
  std::vector<std::string> done;
  std::printf("  %-46s %18s %12s %8s\n", "without the bug, at ten times the budget", "executions", "failures", "seconds");
  for (const seeded_bug& b : bugs::seeded_bugs()) {
    const std::string title = dotted(b);
    const std::string label = std::string(b.kind) + "/" + std::string(b.variant);
    const model_entry* entry = entry_labelled(label);
    if (!selected(o, title) || entry == nullptr || std::find(done.begin(), done.end(), label) != done.end()) continue;
    done.push_back(label);
    const campaign_result result = search(*entry, first_seed, effort_of(entry->kind).scaled(10 * o.budget), true);
    std::printf("  %-46s %18llu %12d %8.1f\n", label.c_str(), static_cast<unsigned long long>(result.executions), result.found ? 1 : 0,
                result.seconds);
    if (!result.found) continue;
    ++failures;
    std::printf("  %s\n",
                command_of({label, result.found->shrunk, result.found->by, result.found->seed, result.found->what.iteration, {}}).c_str());
  }
  return failures;
}

}  // namespace

int run_teeth(const options& o) {
  // Fresh seeds unless one was asked for: a budget tuned to one list of seeds proves nothing.
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::uint64_t first_seed =
      o.seed_given ? o.seed
                   : static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) % 1'000'000'000;
  std::printf("teeth: %u seeds from %llu\n", o.seeds, static_cast<unsigned long long>(first_seed));
  std::printf("  %-46s %7s %18s %10s %12s %8s\n", "bug", "found", "median executions", "worst", "worst seed", "seconds");
  unsigned rows = 0, toothless = 0;
  for (const seeded_bug& b : bugs::seeded_bugs()) {
    const std::string twin = std::string(b.kind) + "/" + std::string(b.variant) + (b.weakened.empty() ? "+" + std::string(b.name) : "");
    const std::string title = dotted(b);
    if (!selected(o, title)) continue;
    ++rows;
    const model_entry* entry = entry_labelled(twin);
    if (entry == nullptr) {
      std::printf("  %-46s is not in this build: no %s\n", title.c_str(), twin.c_str());
      ++toothless;
      continue;
    }
    const bite all = bite_into(b, *entry, o, first_seed);
    const bool ok = all.found == o.seeds && all.every_rule_applied;
    toothless += ok ? 0 : 1;
    std::printf("  %-46s %3u/%-3u %18llu %10llu %12llu %8.1f%s\n", title.c_str(), all.found, o.seeds,
                static_cast<unsigned long long>(median(all.executions)), static_cast<unsigned long long>(all.worst),
                static_cast<unsigned long long>(all.worst_seed), all.seconds,
                ok                       ? ""
                : all.every_rule_applied ? "  NOT ALWAYS FOUND"
                                         : "  NAMES A ROW THAT IS NOT THERE");
    std::fflush(stdout);
  }
  if (rows == 0) {
    std::fprintf(stderr, "stealyard-relacy: nothing matches --teeth --filter %s\n", o.filter.c_str());
    return 3;
  }
  const unsigned false_alarms = o.no_clean ? 0 : run_clean(o, first_seed);
  return toothless + false_alarms == 0 ? 0 : 1;
}

}  // namespace stealyard::model
