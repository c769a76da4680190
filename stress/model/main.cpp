// stealyard-relacy: generated programs for every variant under the Relacy Race Detector; see README.md beside this file.
// Exit status: 0 nothing found, 1 something failed, 2 bad usage, 3 nothing matched.
#include "stress/model/campaign.hpp"
#include "stress/model/generators.hpp"
#include "stress/model/options.hpp"
#include "stress/model/report.hpp"
#include "stress/model/self_check.hpp"
#include "stress/model/teeth.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace stealyard::model {

namespace {

void save(const options& o, const replay_line& r, const std::string& report) {
  std::string name = r.label + "." + std::to_string(r.seed) + ".txt";
  for (char& c : name) {
    if (c == '/') c = '.';
  }
  std::error_code failed;
  std::filesystem::create_directories(o.save, failed);
  const std::string path = (std::filesystem::path(o.save) / name).string();
  std::ofstream out(path);
  out << report;
  out.close();
  if (out) {
    std::printf("  saved:  %s\n", path.c_str());
  } else {
    std::printf("  not saved: %s cannot be written\n", path.c_str());
  }
}

// Repeats it with the trace on, prints it, and saves what was printed.
bool print_failure(const options& o, const model_entry& entry, const replay_line& r, const program& first) {
  const subject s = subject_of(entry, r.what);
  name_running(entry.label() + ":" + to_string(r.what));
  verdict v = replay(s, r.by, r.seed, r.iteration);
  if (!v.failed && r.iteration != 0) {
    // Address reuse can carry over from one execution to the next: then the whole batch has to be repeated.
    v = explore(s, r.by, r.seed, 0, r.iteration + 1);
    if (v.failed) std::printf("  (needs the executions before it: repeated from iteration 0, without a trace)\n");
  }
  std::string report = std::string(v.failed ? "FAILED" : "passed") + " model." + entry.kind + "." + entry.name;
  if (v.failed) report += ": " + v.what;
  report += "\n" + describe_program(r.what, entry.kind);
  if (!(first == r.what)) report += "  found as " + to_string(first) + ", then shrunk\n";
  report += "  " + to_string(r.by) + ", seed " + std::to_string(r.seed) + ", iteration " + std::to_string(r.iteration) + "\n";
  report += describe_interleaving(static_cast<unsigned>(r.what.threads.size()));
  report += "  replay: " + command_of(r) + "\n";
  std::fputs(report.c_str(), stdout);
  if (v.failed) save(o, r, report);
  return v.failed;
}

int run_replay(const options& o) {
  std::string why;
  const auto r = parse_replay(o.replay, why);
  if (!r) return refuse("--replay '" + o.replay + "': " + why);
  const model_entry* entry = entry_labelled(r->label);
  if (entry == nullptr) return refuse("--replay '" + o.replay + "': no variant " + r->label + "; known: " + known_labels());
  const std::string objection = rules_of(entry->kind)->objection(r->what, entry->facts);
  if (!objection.empty()) return refuse("--replay '" + o.replay + "': " + objection);
  replay_line line = *r;
  line.weakened = o.weakened;
  const bool failed = print_failure(o, *entry, line, line.what);
  if (!world::sites.every_rule_applied()) return refuse("--weaken: a row that this execution never reached");
  return failed ? 1 : 0;
}

int run_variants(const options& o) {
  unsigned matched = 0, failures = 0;
  for (const model_entry& entry : entries()) {
    if (entry.seeded() || !selected(o, entry.kind + "." + entry.name)) continue;
    ++matched;
    const campaign_result result = search(entry, o.seed, effort_of(entry.kind).scaled(o.budget), true);
    if (!result.found) {
      std::printf("ok     model.%s.%s: %llu programs, %llu executions, %.1f s\n", entry.kind.c_str(), entry.name.c_str(),
                  static_cast<unsigned long long>(result.programs), static_cast<unsigned long long>(result.executions), result.seconds);
    } else {
      ++failures;
      const finding& f = *result.found;
      print_failure(o, entry, {entry.label(), f.shrunk, f.by, f.seed, f.what.iteration, o.weakened}, f.first);
    }
    std::fflush(stdout);
  }
  if (matched == 0) {
    std::fprintf(stderr, "stealyard-relacy: nothing matches --filter %s; known: %s\n", o.filter.c_str(), known_labels().c_str());
    return 3;
  }
  if (!world::sites.every_rule_applied()) return refuse("--weaken: a row that no program reached");
  return failures == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  std::string why;
  const auto o = parse_options(argc, argv, why);
  if (!o) return refuse(why);
  guard_process();
  if (!o->scheduler.empty()) only_scheduler = parse_scheduler(o->scheduler);
  world::sites.weaken(o->weakened);
  if (o->help) return std::fputs(usage, stdout), 0;
  if (o->list) return std::printf("%s\n", known_labels("\n").c_str()), 0;
  if (!o->replay.empty()) return run_replay(*o);
  if (o->self_check) return run_self_check();
  if (o->teeth) return run_teeth(*o);
  return run_variants(*o);
}

}  // namespace

}  // namespace stealyard::model

int main(int argc, char** argv) { return stealyard::model::run(argc, argv); }
