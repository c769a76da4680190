#include "stress/explore/replay.hpp"

#include "stress/model/interleaving.hpp"
#include "stress/world/trace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stealyard::explore {

namespace {

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";

// Where the execution failed, in the words of the source.
std::string place(const where& at) {
  if (at.line() == 0) return {};
  const std::string row = world::row_of(at.file_name(), at.line());
  return fmt::format(" at {}:{}{}", world::short_path(at.file_name()), at.line(), row.starts_with("line ") ? "" : " " + row);
}

// Each old value that was read: who had written the newer one, and that nothing made the reader see it.
std::string stale_reads() {
  const world::trace& t = world::the_trace;
  std::string text;
  for (std::size_t i = 0; i != t.size(); ++i) {
    const world::event& e = t[i];
    if (!e.stale) continue;
    const world::event* newer = nullptr;
    std::size_t at = 0;
    for (std::size_t k = 0; k != i; ++k) {
      const bool writes = t[k].what == world::verb::store || t[k].what == world::verb::exchange || t[k].what == world::verb::cas_ok ||
                          (t[k].what >= world::verb::fetch_add && t[k].what <= world::verb::fetch_or);
      if (writes && t[k].object == e.object && t[k].thread != e.thread) newer = &t[k], at = k;
    }
    text += fmt::format("    step {}: T{} reads an old value", i + 1, e.thread);
    if (newer != nullptr) {
      text += fmt::format("; T{}'s write of step {} ({}:{}) does not happen before this read, nor has T{} read anything newer here",
                          newer->thread, at + 1, world::short_path(newer->site.file_name()), newer->site.line(), e.thread);
    }
    text += "\n";
  }
  return text.empty() ? text : "  old values read, and why they may be:\n" + text;
}

}  // namespace

std::string to_string(const replay_line& r) {
  std::string text = r.label + ":" + model::to_string(r.what) + ":";
  for (std::uint32_t d : r.path) {
    if (d < digits.size()) {
      text += digits[d];
    } else {
      text += "(" + std::to_string(d) + ")";
    }
  }
  return text;
}

std::optional<replay_line> parse_replay(std::string_view text, std::string& why) {
  const auto refuse = [&](const std::string& reason) {
    why = reason;
    return std::nullopt;
  };
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos || text.find(':', second + 1) != text.npos) return refuse("it is not KIND/VARIANT:PROGRAM:PATH");
  replay_line r;
  r.label = text.substr(0, first);
  const std::string_view program_text = text.substr(first + 1, second - first - 1);
  const auto p = model::parse_program(program_text);
  if (!p) return refuse("'" + std::string(program_text) + "' is no program (like 2/uuo/s)");
  r.what = *p;
  for (std::size_t i = second + 1; i != text.size(); ++i) {
    if (const std::size_t digit = digits.find(text[i]); digit != digits.npos) {
      r.path.push_back(static_cast<std::uint32_t>(digit));
      continue;
    }
    std::uint32_t number = 0;
    const std::size_t end = text.find(')', i);
    if (text[i] != '(' || end == text.npos || end - i < 2 || end - i > 7) return refuse("a path is made of 0-9, a-z and (NUMBER)");
    for (std::size_t k = i + 1; k != end; ++k) {
      if (text[k] < '0' || text[k] > '9') return refuse("a path is made of 0-9, a-z and (NUMBER)");
      number = number * 10 + static_cast<std::uint32_t>(text[k] - '0');
    }
    r.path.push_back(number);
    i = end;
  }
  return r;
}

std::string command_of(const replay_line& r, const sweep_options& o) {
  const limits usual;
  std::string text = "stealyard-explore";
  for (const world::weakening& w : o.weakened) text += " --weaken '" + world::to_string(w) + "'";
  if (o.bound.steps != usual.steps) text += fmt::format(" --steps {}", o.bound.steps);
  if (o.bound.spurious != usual.spurious) text += fmt::format(" --spurious {}", o.bound.spurious);
  if (o.bound.jumps != usual.jumps) text += fmt::format(" --jumps {}", o.bound.jumps);
  if (o.bound.repeats != usual.repeats) text += fmt::format(" --repeats {}", o.bound.repeats);
  return text + " --replay '" + to_string(r) + "'";
}

namespace {

constexpr rlim_t most_seconds = 20;  // of processor time, to repeat one execution

std::string tell_here(const model::model_entry& entry, const replay_line& r, const sweep_options& o, std::string& why) {
  const auto end = repeat(entry, r.what, r.path, o.bound);
  if (!end) {
    why = "this build of " + r.label + " does other steps than the ones recorded: the line is from another version, or other limits";
    return {};
  }
  std::string text = (is_failure(end->how) ? "FAILED " : "passed ") + r.label;
  if (is_failure(end->how)) text += ": " + describe(*end);
  text += place(end->at);
  if (is_failure(end->how)) text += fmt::format(" (T{})", end->thread);
  text += "\n" + model::describe_program(r.what, entry.kind);
  for (const world::weakening& w : o.weakened) text += "  weakened: " + world::to_string(w) + "\n";
  text += model::describe_interleaving(static_cast<unsigned>(r.what.threads.size()));
  text += stale_reads();
  text += "  replay: " + command_of(r, o) + "\n";
  return text;
}

}  // namespace

// In a process of its own: what reads memory that is gone may do anything.
std::string tell(const model::model_entry& entry, const replay_line& r, const sweep_options& o, std::string& why) {
  const int file = ::memfd_create("stealyard-explore", MFD_CLOEXEC);
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{most_seconds, most_seconds};
    ::setrlimit(RLIMIT_CPU, &limit);
    std::string text = tell_here(entry, r, o, why);
    const bool told = !text.empty();
    if (!told) text = why;
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(!written ? 2 : told ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), 0);
  const bool read = ::pread(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  ::close(file);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && read) return text;
  why = WIFSIGNALED(status) ? std::string("repeating it ends the process: ") + ::strsignal(WTERMSIG(status)) : text;
  return {};
}

}  // namespace stealyard::explore
