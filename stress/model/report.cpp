#include "stress/model/report.hpp"

#include <charconv>

namespace stealyard::model {

namespace {

template <class Number>
bool whole_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string to_string(const replay_line& r) {
  return r.label + ":" + to_string(r.what) + ":" + to_string(r.by) + ":" + std::to_string(r.seed) + ":" + std::to_string(r.iteration);
}

std::string command_of(const replay_line& r) {
  std::string text = "stealyard-relacy";
  for (const world::weakening& w : r.weakened) text += " --weaken '" + world::to_string(w) + "'";
  return text + " --replay '" + to_string(r) + "'";
}

std::optional<replay_line> parse_replay(std::string_view text, std::string& why) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t next = std::min(text.find(':', at), text.size());
    parts.push_back(text.substr(at, next - at));
    at = next + 1;
  }
  const auto refuse = [&](const std::string& reason) {
    why = reason;
    return std::nullopt;
  };
  if (parts.size() != 5)
    return refuse("it has " + std::to_string(parts.size()) + " parts, not kind/variant:program:scheduler:seed:iteration");
  replay_line r;
  r.label = parts[0];
  const auto p = parse_program(parts[1]);
  if (!p) return refuse("'" + std::string(parts[1]) + "' is no program (like 2/uuo/s)");
  r.what = *p;
  const auto by = parse_scheduler(parts[2]);
  if (!by) return refuse("'" + std::string(parts[2]) + "' is no scheduler (random, pct1 to pct8)");
  r.by = *by;
  if (!whole_number(parts[3], r.seed)) return refuse("'" + std::string(parts[3]) + "' is no seed");
  if (!whole_number(parts[4], r.iteration)) return refuse("'" + std::string(parts[4]) + "' is no iteration");
  return r;
}

}  // namespace stealyard::model
