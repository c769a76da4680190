#include "stress/explore/ledger_command.hpp"

#include "stress/explore/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace stealyard::explore {

namespace {

using json = nlohmann::ordered_json;

std::string orders_of(const std::vector<world::weakening>& what) {
  std::string text;
  for (const world::weakening& w : what) text += (text.empty() ? "" : ", ") + world::to_string(w);
  return text;
}

json bound_json(const sweep_options& o) {
  json j{{"operations", o.within.operations}, {"threads", o.within.threads},
         {"capacity", o.within.capacity},     {"steps", o.bound.steps},
         {"spurious", o.bound.spurious},      {"jumps", o.bound.jumps},
         {"repeats", o.bound.repeats},        {"runs_of_a_program", o.most_runs}};
  for (const model::program& p : o.only) j["only"].push_back(model::to_string(p));
  return j;
}

json attempt_json(const model::model_entry& entry, const sweep_options& o, const attempt& a) {
  json j;
  j["order"] = world::to_string(a.what.back().order);
  j["outcome"] = to_string(a.is);
  if (a.run.found) {
    const failure& f = *a.run.found;
    sweep_options weakened = o;
    weakened.weakened.insert(weakened.weakened.end(), a.what.begin(), a.what.end());
    j["program"] = model::to_string(f.what);
    j["operations"] = operations_of(f.what);
    j["verdict"] = f.verdict;
    if (!f.path.empty()) j["replay"] = command_of({entry.label(), f.what, f.path}, weakened);
    if (!a.report.empty()) j["report"] = a.report;
  }
  if (a.is == fate::undecided) j["programs_with_a_bound_hit"] = a.run.incomplete + a.run.bounded;
  if (a.is != fate::implied) j["executions"] = a.run.executions;
  if (a.load_buffering) j["load_buffering"] = true;
  return j;
}

json together_json(const model::model_entry& entry, const sweep_options& o, const ledger& l) {
  json j;
  j["weakened"] = json::array();
  if (l.together) {
    for (const world::weakening& w : l.together->what) j["weakened"].push_back(world::to_string(w));
    j["executions"] = l.together->run.executions;
  }
  j["refused"] = json::array();
  for (const attempt& a : l.refused) {
    json r{{"what", world::to_string(a.what.back())}};
    r.update(attempt_json(entry, o, a));
    r.erase("report");
    j["refused"].push_back(r);
  }
  return j;
}

json as_json(const model::model_entry& entry, const ledger_options& o, const ledger& l) {
  json j;
  j["variant"] = entry.label();
  j["as_written"] = l.as_written.found ? "FAILED" : l.as_written.complete() ? "COMPLETE" : "INCOMPLETE";
  j["bound"] = bound_json(o.sweep);
  j["programs"] = l.as_written.programs;
  j["executions"] = l.as_written.executions;
  if (l.as_written.found)
    j["failure"] = {{"program", model::to_string(l.as_written.found->what)}, {"verdict", l.as_written.found->verdict}};
  j["orders"] = json::array();
  for (const order_entry& e : l.orders) {
    json s{{"file", file_of(e.at)},
           {"row", e.at.row},
           {"role", world::to_string(e.at.what)},
           {"order", world::to_string(e.at.declared)},
           {"line", e.at.line}};
    s["tried"] = json::array();
    for (const attempt& a : e.tried) s["tried"].push_back(attempt_json(entry, o.sweep, a));
    j["orders"].push_back(s);
  }
  if (o.together) j["together"] = together_json(entry, o.sweep, l);
  return j;
}

void print(const model::model_entry& entry, const ledger_options& o, const ledger& l) {
  const char* status = l.as_written.found ? "FAILED" : l.as_written.complete() ? "COMPLETE" : "INCOMPLETE";
  fmt::print("{}: as written {} within {}: {} programs, {} executions\n", entry.label(), status, bound_text(o.sweep), l.as_written.programs,
             l.as_written.executions);
  if (l.as_written.found) {
    fmt::print("  {}: {}; an order is not needed or unneeded where the variant fails as it is\n",
               model::to_string(l.as_written.found->what), l.as_written.found->verdict);
    return;
  }
  for (const order_entry& e : l.orders) {
    for (const attempt& a : e.tried) {
      fmt::print("  {:5} {:8} {:8} -> {:8} {:9}", e.at.row, world::to_string(e.at.what), world::to_string(e.at.declared),
                 world::to_string(a.what.front().order), to_string(a.is));
      if (a.run.found) fmt::print(" {}: {}", model::to_string(a.run.found->what), a.run.found->verdict);
      if (a.load_buffering) fmt::print(" (load buffering, outside the model, might need it)");
      fmt::print("\n");
    }
  }
  if (l.together) fmt::print("  together: {}\n", orders_of(l.together->what));
  for (const attempt& a : l.refused) {
    fmt::print("  not beside those: {}", world::to_string(a.what.back()));
    if (a.run.found) fmt::print("; {}: {}", model::to_string(a.run.found->what), a.run.found->verdict);
    fmt::print("\n");
  }
}

}  // namespace

int run_ledgers(const std::string& filter, const ledger_options& o, bool as_text_json) {
  unsigned matched = 0, failures = 0;
  json all = json::array();
  for (const model::model_entry& entry : model::entries()) {
    if (!model::wild_match(filter, entry.kind + "." + entry.name) || (entry.seeded() && filter.find('+') == filter.npos)) continue;
    ++matched;
    const ledger l = make_ledger(entry, o);
    failures += l.as_written.found ? 1 : 0;
    if (as_text_json) {
      all.push_back(as_json(entry, o, l));
    } else {
      print(entry, o, l);
      std::fflush(stdout);
    }
  }
  if (matched == 0) {
    std::fprintf(stderr, "stealyard-explore: nothing matches ledger --filter %s; known: %s\n", filter.c_str(),
                 model::known_labels().c_str());
    return 3;
  }
  if (as_text_json) fmt::print("{}\n", all.dump(1));
  return failures == 0 ? 0 : 1;
}

}  // namespace stealyard::explore
