#include "stress/explore/trial.hpp"

#include "stress/explore/litmus.hpp"
#include "stress/explore/object_trial.hpp"
#include "stress/litmus/axiomatic/model.hpp"
#include "stress/litmus/library/library.hpp"
#include "stress/litmus/variations.hpp"

#include <fmt/format.h>

#include <chrono>

namespace stealyard::explore {

namespace {

using litmus::program;
using litmus::verdict;

struct tally {
  std::size_t programs = 0, lost = 0, axioms = 0, too_large = 0, racy = 0;
  std::size_t full = 0, reduced = 0, cut = 0, distinct = 0;
  double full_seconds = 0, reduced_seconds = 0, axiom_seconds = 0;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void print_difference(const program& p, const char* left, const verdict& a, const char* right, const verdict& b) {
  fmt::print("  {}\n", litmus::to_string(p));
  if (a.races != b.races) fmt::print("    a data race only by {}\n", a.races ? left : right);
  for (const auto& o : a.outcomes) {
    if (!b.outcomes.contains(o) && !b.races) fmt::print("    only by {}: {}\n", left, litmus::to_string(p, o));
  }
  for (const auto& o : b.outcomes) {
    if (!a.outcomes.contains(o) && !a.races) fmt::print("    only by {}: {}\n", right, litmus::to_string(p, o));
  }
}

void compare(const program& p, const trial_options& o, bool with_full, tally& t) {
  ++t.programs;
  const double started = now();
  litmus_effort reduced;
  const verdict ours = decide(p, true, SIZE_MAX, &reduced);
  const double explored = now();
  t.reduced_seconds += explored - started;
  t.reduced += reduced.executions;
  t.cut += reduced.cut;
  t.distinct += reduced.distinct;
  t.racy += ours.races ? 1 : 0;
  const verdict theirs = litmus::axiomatic::decide(p);
  t.axiom_seconds += now() - explored;
  if (!(ours == theirs)) {
    if (++t.axioms <= 5) {
      fmt::print("the explorer and the axioms differ:\n");
      print_difference(p, "explorer", ours, "axioms", theirs);
    }
  }
  if (!with_full) return;
  const double full_started = now();
  litmus_effort full;
  const verdict all = decide(p, false, o.most_full, &full);
  t.full_seconds += now() - full_started;
  t.full += full.executions;
  if (!full.complete) {
    ++t.too_large;
  } else if (!(all == ours) || (!ours.races && full.distinct != reduced.distinct)) {
    // Not outcomes only: every execution graph must be there.
    if (++t.lost <= 5) {
      fmt::print("the reduction loses something ({} of {} executions found):\n", reduced.distinct, full.distinct);
      print_difference(p, "full search", all, "source sets", ours);
    }
  }
}

}  // namespace

int try_litmus(const trial_options& o) {
  namespace library = litmus::library;
  unsigned wrong = 0;
  for (const library::test& t : library::tests()) {
    const library::known found = library::answer(t, decide(t.code, true));
    if (found == t.from.verdict) continue;
    ++wrong;
    fmt::print("{}: known {}, found {}: {}\n", t.from.name, library::to_string(t.from.verdict), library::to_string(found),
               litmus::to_string(t.code));
  }
  fmt::print("library: {} tests with a known verdict, {} decided otherwise\n", library::tests().size(), wrong);

  tally orders;
  for (const library::test& t : library::tests()) {
    litmus::each_order(t.code, o.orders, [&](const program& p) { compare(p, o, false, orders); });
  }
  fmt::print("orders: {} programs of the library with other orders, {} differ from the axioms\n", orders.programs, orders.axioms);

  tally random;
  litmus::random_programs programs(o.seed);
  for (std::size_t i = 0; i != o.programs; ++i) compare(programs.draw(o.instructions), o, true, random);
  fmt::print("random: {} programs of at most {} instructions (seed {}), {} with data races\n", random.programs, o.instructions, o.seed,
             random.racy);
  fmt::print("  against the axioms:         {} differ ({:.1f} s)\n", random.axioms, random.axiom_seconds);
  fmt::print("  against the search in full: {} lose something, {} too large to compare\n", random.lost, random.too_large);
  fmt::print("  executions: {} in full ({:.1f} s); {} by source sets and {} cut short ({:.2f} s), of which {} distinct\n", random.full,
             random.full_seconds, random.reduced, random.cut, random.reduced_seconds, random.distinct);
  const std::size_t lost_objects = try_objects({.programs = o.objects, .seed = o.seed});
  return wrong + orders.axioms + random.axioms + random.lost + lost_objects == 0 ? 0 : 1;
}

}  // namespace stealyard::explore
