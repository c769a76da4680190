#include "stress/model/interleaving.hpp"

#include "stress/model/generators.hpp"
#include "stress/world/trace.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace stealyard::model {

namespace {

using world::event;
using world::verb;

// "bottom_" of `std::int64_t b = bottom_.load(relaxed) - 1;  // O1`: what the operation was applied to, in the source's words.
std::string object_in_source(const event& e) {
  const std::string text = world::source_text(e.site.file_name(), e.site.line());
  for (const char* call : {"load(", "store(", "exchange(", "compare_exchange_strong(", "compare_exchange_weak(", "fetch_add(", "fetch_sub(",
                           "fetch_and(", "fetch_or(", "put(", "take(", "peek(", "poke(", "drop("}) {
    std::size_t at = text.find(call);
    if (at == text.npos || at == 0) continue;
    if (text[at - 1] == '.') {
      at -= 1;
    } else if (at > 1 && text.compare(at - 2, 2, "->") == 0) {
      at -= 2;
    } else {
      continue;
    }
    std::size_t begin = at;
    int depth = 0;
    while (begin != 0) {
      const char c = text[begin - 1];
      if (c == ')' || c == ']') ++depth;
      if (c == '(' || c == '[') --depth;
      const bool word = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_.>-", c) != nullptr;
      if (depth < 0 || (depth == 0 && !word && std::strchr(")]([", c) == nullptr)) break;
      --begin;
    }
    return text.substr(begin, at - begin);
  }
  return {};
}

// Addresses change from run to run: objects are numbered in order of appearance.
class object_names {
  std::map<const void*, std::string> names_;

 public:
  const std::string& of(const void* object, const char* kind) {
    auto [at, fresh] = names_.try_emplace(object);
    if (fresh) at->second = std::string(kind) + " " + std::to_string(names_.size());
    return at->second;
  }
};

std::string value_text(const event& e, std::uint64_t value, object_names& names) {
  if (!e.pointer) return std::to_string(static_cast<std::int64_t>(value));
  return value == 0 ? "null" : names.of(reinterpret_cast<const void*>(value), "at");
}

std::string cell_text(const event& e, object_names& names) {
  const std::string verb_text(to_string(e.what));
  std::string object = object_in_source(e);
  if (object.size() > 22) object = ".." + object.substr(object.size() - 20);
  switch (e.what) {
    case verb::note:
      return e.text;
    case verb::load: {
      std::string text = object + " -> " + value_text(e, e.value, names);
      if (e.stale) text += " (newest " + value_text(e, e.before, names) + ")";
      return text + " " + std::string(world::to_string(e.order));
    }
    case verb::store:
      return object + " = " + value_text(e, e.value, names) + " " + std::string(world::to_string(e.order));
    case verb::fence:
      return "fence " + std::string(world::to_string(e.order));
    case verb::plain_read:
    case verb::plain_write:
      return verb_text + " " + (object.empty() ? names.of(e.object, "cell") : object);
    case verb::cas_failed:
      return object + " " + verb_text + ", is " + value_text(e, e.before, names) + " " + std::string(world::to_string(e.order));
    case verb::exchange:
    case verb::cas_ok:
    case verb::fetch_add:
    case verb::fetch_sub:
    case verb::fetch_and:
    case verb::fetch_or:
      return object + " " + verb_text + " " + value_text(e, e.before, names) + " -> " + value_text(e, e.value, names) + " " +
             std::string(world::to_string(e.order));
    case verb::lock:
    case verb::locked:
    case verb::try_locked:
    case verb::try_failed:
    case verb::unlock:
      return verb_text + " " + names.of(e.object, "mutex");
    case verb::wait:
    case verb::woken:
    case verb::timed_out:
    case verb::spurious:
    case verb::not_equal:
    case verb::wake:
    case verb::notify:
      return verb_text + " on " + names.of(e.object, "word");
    case verb::clock:
      return "now() -> " + value_text(e, e.value, names);
    case verb::pause:
      break;
  }
  return verb_text;
}

std::string place_text(const event& e) {
  if (e.what == verb::note || e.site.line() == 0 || std::string_view(e.site.file_name()).starts_with("/usr/")) return {};
  std::string_view path = world::short_path(e.site.file_name());
  std::string text = std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(e.site.line());
  const std::string row = world::row_of(e.site.file_name(), e.site.line());
  if (!row.starts_with("line ")) text += " " + row;
  return text;
}

// What does not fit goes on below, a little further in, from the last space that does.
std::vector<std::string> wrapped(std::string text, std::size_t room) {
  std::vector<std::string> lines;
  while (text.size() > room) {
    std::size_t cut = text.rfind(' ', room);
    if (cut == text.npos || cut < room / 2) cut = room;
    lines.push_back(text.substr(0, cut));
    text.erase(0, text.find_first_not_of(' ', cut));
    text.insert(0, "  ");
  }
  lines.push_back(std::move(text));
  return lines;
}

// Two equal runs of steps end before `at`: how long such a run is, at least, and for how many steps from `at` on it goes on and on.
struct repetition {
  std::size_t period = 0, steps = 0;
};
repetition repeated(const std::vector<row>& rows, std::size_t at) {
  constexpr std::size_t longest = 12;
  for (std::size_t period = 1; period <= longest && 2 * period <= at; ++period) {
    std::size_t i = at - 2 * period;
    while (i + period != rows.size() && rows[i] == rows[i + period]) ++i;
    if (i + period > at) return {period, (i + period - at) / period * period};
  }
  return {};
}

}  // namespace

std::string in_columns(const std::vector<row>& rows, unsigned threads, bool others) {
  constexpr std::size_t usual = 42, narrowest = 8, least_room = 20, first = 7;
  std::size_t widest_place = 0;
  for (const row& r : rows) widest_place = std::max(widest_place, r.place.size());
  const std::size_t columns = threads + (others ? 1 : 0);
  // A line holds one cell, which may reach into the columns to its right: of many threads the columns only begin closer together.
  const std::size_t place = std::min(first + columns * usual, report_width - 1 - std::min(widest_place, report_width / 2));
  const std::size_t apart = columns < 2 ? usual : std::clamp((place - first - usual) / (columns - 1), narrowest, usual);
  const auto begin = [&](std::size_t column) { return std::min(first + column * apart, place - least_room); };

  std::string text = "  step ";
  for (unsigned t = 0; t != columns; ++t) {
    text.resize(std::max(text.size(), begin(t)), ' ');
    text += t == threads ? "before and after" : "T" + std::to_string(t);
  }
  text.resize(std::max(text.size() + 1, place + 1), ' ');
  text += "at\n";
  for (std::size_t i = 0; i != rows.size(); ++i) {
    if (const auto [period, steps] = repeated(rows, i); steps > period) {
      text += "       … the " + std::to_string(period) + " before this again and again, to step " + std::to_string(i + steps) + "\n";
      i += steps - 1;
      continue;
    }
    char step[16];
    std::snprintf(step, sizeof step, "  %4zu ", i + 1);
    std::string line = step;
    const std::size_t from = begin(rows[i].column);
    const std::vector<std::string> lines = wrapped(rows[i].cell, place - from);
    for (std::size_t n = 0; n != lines.size(); ++n) {
      line.resize(std::max(line.size(), from), ' ');
      line += lines[n];
      if (n == 0) {
        line.resize(std::max(line.size(), place), ' ');
        line += " " + rows[i].place;
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
      line.clear();
    }
  }
  return text;
}

std::string describe_program(const program& p, std::string_view kind) {
  const kind_rules& rules = *rules_of(kind);
  std::string text = "  program " + to_string(p) + "\n";
  for (std::size_t t = 0; t != p.threads.size(); ++t) {
    text += "    T" + std::to_string(t) + " " + rules.participant(p, t) + ":";
    for (char c : p.threads[t]) text.append(" ").append(rules.meaning(c));
    text += "\n";
  }
  return text;
}

std::string describe_interleaving(unsigned threads) {
  const world::trace& trace = world::the_trace;
  object_names names;
  std::vector<row> rows;
  // Whoever sets up and checks has a column of its own, where the world shows what it does.
  bool others = false;
  for (std::size_t i = 0; i != trace.size(); ++i) {
    others = others || trace[i].thread >= threads;
    rows.push_back({std::min(trace[i].thread, threads), cell_text(trace[i], names), place_text(trace[i])});
  }
  std::string text = in_columns(rows, threads, others);
  if (trace.dropped() != 0) text += "  (" + std::to_string(trace.dropped()) + " more steps)\n";
  return text;
}

}  // namespace stealyard::model
