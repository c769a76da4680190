#include "stress/explore/sweep.hpp"

#include "stress/world/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stealyard::explore {

namespace {

using model::program;

constexpr int hang_seconds = 10;  // of processor time without a step

// What the processes of a sweep tell each other while they run.
struct shared_state {
  std::atomic<std::uint64_t> first_failure{UINT64_MAX};
  std::atomic<std::uint64_t> working_on[64];
};

// A process that hangs in a loop without steps ends itself; processor time, so that a paused machine hangs nobody.
void on_tick(int) {
  static std::uint64_t last = 0;
  static int quiet = 0;
  quiet = the_machine.progress() != last || !the_machine.inside() ? 0 : quiet + 1;
  last = the_machine.progress();
  if (quiet == hang_seconds) ::_exit(99);
}

void watch_for_hangs() {
  struct sigaction action{};
  action.sa_flags = SA_RESTART;
  action.sa_handler = &on_tick;
  ::sigaction(SIGVTALRM, &action, nullptr);
  const itimerval every{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_VIRTUAL, &every, nullptr);
}

// One line a program, written by the process that ran it: number, counts, then the failure's path and verdict.
void report(std::string& into, std::uint64_t number, const program_result& r) {
  into += fmt::format("P {} {} {} {} {} {}\n", number, r.executions, r.cut, r.steps, r.incomplete ? 1 : 0, r.bounded ? 1 : 0);
  if (!r.found) return;
  into += fmt::format("F {} {}", number, r.found->path.size());
  for (std::uint32_t d : r.found->path) into += fmt::format(" {}", d);
  into += " " + r.found->verdict + "\n";
}

void write_all(int file, const std::string& text) {
  for (std::size_t at = 0; at != text.size();) {
    const ssize_t n = ::write(file, text.data() + at, text.size() - at);
    if (n <= 0) ::_exit(98);
    at += static_cast<std::size_t>(n);
  }
}

[[noreturn]] void work(unsigned job, int file, const model::model_entry& entry, const std::vector<program>& programs,
                       const sweep_options& o, shared_state& shared) {
  watch_for_hangs();
  for (std::uint64_t i = job; i < programs.size(); i += o.jobs) {
    if (i > shared.first_failure.load()) break;
    shared.working_on[job].store(i);
    std::string line;
    const program_result r = run_program(entry, programs[i], o);
    report(line, i, r);
    write_all(file, line);
    if (r.found) {
      std::uint64_t known = shared.first_failure.load();
      while (i < known && !shared.first_failure.compare_exchange_weak(known, i)) {
      }
      break;
    }
  }
  if (o.sites) {
    std::string lines;
    for (const world::site& s : world::sites.seen()) {
      lines += fmt::format("S {} {} {} {} {}\n", s.line, static_cast<int>(s.what), static_cast<int>(s.declared),
                           static_cast<int>(s.effective), s.file);
    }
    write_all(file, lines);
  }
  // A rule that met no site: said by the parent, if no process met it.
  ::_exit(world::sites.every_rule_applied() ? 0 : 97);
}

std::string read_back(int file) {
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), 0);
  ::lseek(file, 0, SEEK_SET);
  std::size_t at = 0;
  while (at != text.size()) {
    const ssize_t n = ::read(file, text.data() + at, text.size() - at);
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  return text;
}

struct merged {
  std::vector<std::optional<program_result>> of;
  std::vector<world::site> sites;
};

void merge(const std::string& text, const std::vector<program>& programs, merged& into) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    char what = 0;
    words >> what;
    if (what == 'S') {
      world::site s{};
      int role = 0, declared = 0, effective = 0;
      std::string file;
      words >> s.line >> role >> declared >> effective >> file;
      static std::vector<std::unique_ptr<std::string>> names;
      names.push_back(std::make_unique<std::string>(file));
      s.file = names.back()->c_str();
      s.what = static_cast<world::role>(role);
      s.declared = static_cast<std::memory_order>(declared);
      s.effective = static_cast<std::memory_order>(effective);
      s.row = world::row_of(s.file, s.line);
      const auto same = [&](const world::site& other) { return other.line == s.line && other.what == s.what && file == other.file; };
      if (std::none_of(into.sites.begin(), into.sites.end(), same)) into.sites.push_back(s);
      continue;
    }
    std::uint64_t number = 0;
    words >> number;
    auto& slot = into.of[number];
    if (what == 'P') {
      slot.emplace();
      words >> slot->executions >> slot->cut >> slot->steps >> slot->incomplete >> slot->bounded;
    } else if (what == 'F') {
      failure f;
      f.what = programs[number];
      std::size_t size = 0;
      words >> size;
      f.path.resize(size);
      for (std::uint32_t& d : f.path) words >> d;
      words.get();
      std::getline(words, f.verdict);
      slot->found = f;
    }
  }
}

}  // namespace

std::string describe(const machine::result& r) {
  std::string text = to_string(r.how);
  if (!r.why.empty()) text += ": " + r.why;
  return text;
}

program_result run_program(const model::model_entry& entry, const program& p, const sweep_options& o) {
  machine& m = the_machine;
  const model::subject s{.threads = static_cast<unsigned>(p.threads.size()), .make = entry.make, .context = &p};
  program_result r;
  m.bound = o.bound;
  m.choices.clear();
  m.choices.reduced = o.reduced;
  m.forget_bounds();
  do {
    if (r.executions + r.cut == o.most_runs) {
      r.incomplete = true;
      break;
    }
    const machine::result& end = m.run(s);
    r.steps += m.choices.steps();
    if (is_failure(end.how)) {
      r.found = failure{p, describe(end), m.choices.path()};
      break;
    }
    ++(end.how == ending::cut ? r.cut : r.executions);
  } while (m.choices.next());
  r.bounded = m.bounded();
  return r;
}

std::string bound_text(const sweep_options& o) {
  if (o.only.empty())
    return fmt::format("{} operations, {} threads, capacity {}", o.within.operations, o.within.threads, o.within.capacity);
  std::string names;
  for (const program& p : o.only) names += (names.empty() ? "" : ", ") + model::to_string(p);
  return "these programs alone: " + names;
}

sweep_result run_sweep(const model::model_entry& entry, const sweep_options& given) {
  sweep_options o = given;
  o.jobs = std::clamp(o.jobs, 1u, 64u);
  std::vector<program> programs;
  {
    const std::vector<program> all = o.only.empty() ? programs_within(entry, o.within) : o.only;
    for (std::size_t i = o.shard; i < all.size(); i += o.shards) programs.push_back(all[i]);
  }
  auto* shared = new (::mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) shared_state;
  std::vector<std::pair<pid_t, int>> processes;
  rusage before{}, after{};
  ::getrusage(RUSAGE_CHILDREN, &before);
  for (unsigned job = 0; job != o.jobs; ++job) {
    shared->working_on[job].store(UINT64_MAX);
    const int file = ::memfd_create("stealyard-explore", MFD_CLOEXEC);
    const pid_t child = ::fork();
    if (child == 0) work(job, file, entry, programs, o, *shared);
    processes.emplace_back(child, file);
  }
  merged all;
  all.of.resize(programs.size());
  bool every_rule_met = false;
  for (unsigned job = 0; job != o.jobs; ++job) {
    const auto [child, file] = processes[job];
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    merge(read_back(file), programs, all);
    ::close(file);
    const bool ended = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 97);
    every_rule_met = every_rule_met || (ended && WEXITSTATUS(status) == 0);
    if (ended) continue;
    const std::uint64_t at = shared->working_on[job].load();
    if (at >= programs.size()) continue;
    std::string why = WIFSIGNALED(status)         ? std::string("CRASH: signal ") + ::strsignal(WTERMSIG(status))
                      : WEXITSTATUS(status) == 99 ? fmt::format("HANG: {} seconds of processor time without a step", hang_seconds)
                                                  : std::string("CRASH: the process ended");
    all.of[at].emplace();
    all.of[at]->found = failure{programs[at], why, {}};
  }
  ::getrusage(RUSAGE_CHILDREN, &after);
  ::munmap(shared, sizeof(shared_state));

  sweep_result r;
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  r.cpu_seconds = seconds(after.ru_utime) - seconds(before.ru_utime);
  r.sites = std::move(all.sites);
  r.every_rule_met = every_rule_met;
  for (const auto& each : all.of) {
    if (!each) break;  // after a failure
    if (each->found) {
      r.found = each->found;
      break;
    }
    ++r.programs;
    r.incomplete += each->incomplete ? 1 : 0;
    r.bounded += each->bounded ? 1 : 0;
    r.executions += each->executions;
    r.cut += each->cut;
    r.steps += each->steps;
    r.longest = std::max(r.longest, each->executions);
  }
  return r;
}

std::optional<machine::result> repeat(const model::model_entry& entry, const program& p, const std::vector<std::uint32_t>& path,
                                      const limits& bound) {
  machine& m = the_machine;
  m.bound = bound;
  m.choices.clear();
  m.choices.follow(path);
  world::the_trace.start();
  const machine::result r = m.run({.threads = static_cast<unsigned>(p.threads.size()), .make = entry.make, .context = &p});
  world::the_trace.stop();
  const bool same = !m.choices.off_script() && m.choices.path() == path;
  m.choices.clear();  // the next search chooses for itself
  if (!same) return std::nullopt;
  return r;
}

}  // namespace stealyard::explore
