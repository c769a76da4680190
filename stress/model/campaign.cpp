#include "stress/model/campaign.hpp"

#include "stress/model/generators.hpp"

#include <algorithm>
#include <cmath>

namespace stealyard::model {

namespace {

constexpr scheduler_name schedulers[] = {{.pct = false}, {.pct = true, .depth = 3}};

struct attempt {
  bool failed = false;
  scheduler_name by;
  verdict what;
  std::uint64_t executions = 0;
};

attempt try_program(const model_entry& entry, const program& p, std::uint64_t seed, unsigned executions) {
  attempt a;
  name_running(entry.label() + ":" + to_string(p));
  const subject s = subject_of(entry, p);
  for (const scheduler_name& by : schedulers) {
    if (only_scheduler && to_string(*only_scheduler) != to_string(by)) continue;
    a.by = by;
    a.what = explore(s, by, seed, 0, executions);
    a.executions += a.what.executions;
    a.failed = a.what.failed;
    if (a.failed) break;
  }
  return a;
}

// Not worth running: fewer than two threads do anything.
bool sequential_program(const program& p) {
  return std::count_if(p.threads.begin(), p.threads.end(), [](const std::string& t) { return !t.empty(); }) < 2;
}

// Of the failing executions nearby, the one with the fewest steps is the easiest to read.
void shorten(const model_entry& entry, finding& f) {
  const subject s = subject_of(entry, f.shrunk);
  std::uint64_t from = f.what.iteration + 1;
  const std::uint64_t until = from + 2000;
  for (int found = 0; found != 20 && from < until; ++found) {
    const verdict v = explore(s, f.by, f.seed, from, until - from);
    if (!v.failed) return;
    from = v.iteration + 1;
    if (v.steps < f.what.steps) f.what = v;
  }
}

void shrink_finding(const model_entry& entry, rc::Shrinkable<program> from, finding& f) {
  const kind_rules& rules = *rules_of(entry.kind);
  const auto started = std::chrono::steady_clock::now();
  const auto out_of_time = [&] { return std::chrono::steady_clock::now() - started > std::chrono::seconds(10); };
  bool smaller = true;
  while (smaller && !out_of_time()) {
    smaller = false;
    auto candidates = from.shrinks();
    for (auto next = candidates.next(); next && !out_of_time(); next = candidates.next()) {
      const program p = next->value();
      if (p == f.shrunk || !rules.objection(p, entry.facts).empty()) continue;
      const auto executions = static_cast<unsigned>(std::clamp<std::uint64_t>(4 * f.what.iteration, 400, 4000));
      const attempt a = try_program(entry, p, f.seed, executions);
      if (!a.failed) continue;
      f.shrunk = p;
      f.by = a.by;
      f.what = a.what;
      from = *next;
      smaller = true;
      break;
    }
  }
  shorten(entry, f);
}

}  // namespace

effort effort::scaled(double factor) const {
  // Both dimensions grow: more programs, and each looked at for longer.
  const double root = std::sqrt(factor);
  const auto scale = [&](unsigned n) { return std::max(1u, static_cast<unsigned>(std::lround(n * root))); };
  return {scale(programs), scale(executions)};
}

effort effort_of(std::string_view) { return {120, 250}; }

subject subject_of(const model_entry& entry, const program& p) {
  return {.threads = static_cast<unsigned>(p.threads.size()), .make = entry.make, .context = &p};
}

campaign_result search(const model_entry& entry, std::uint64_t seed, effort how_hard, bool shrink) {
  const auto started = std::chrono::steady_clock::now();
  const kind_rules& rules = *rules_of(entry.kind);
  const rc::Gen<program> programs = rules.programs(entry.facts);
  campaign_result result;
  rc::Random random(seed);
  for (unsigned draws = 0; draws != 50 * how_hard.programs && result.programs != how_hard.programs && !result.found; ++draws) {
    const rc::Shrinkable<program> drawn = programs(random.split(), rc::kNominalSize);
    const program p = drawn.value();
    if (sequential_program(p) || !rules.objection(p, entry.facts).empty()) continue;
    ++result.programs;
    const attempt a = try_program(entry, p, seed, how_hard.executions);
    result.executions += a.executions;
    if (!a.failed) continue;
    result.found = finding{p, p, a.by, seed, a.what};
    if (shrink) shrink_finding(entry, drawn, *result.found);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

}  // namespace stealyard::model
