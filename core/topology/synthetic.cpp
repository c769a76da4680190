#include "core/topology/synthetic.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include "core/topology/quote.hpp"
#include "core/topology/topology.hpp"

namespace stealyard::topology {
namespace {

// One level: "core:4(size=…)" is {"core", 4}; a bare "4" has no name. Attached nodes, "[numa]", make no level.
struct synthetic_level {
  std::string name;
  std::uint64_t count = 0;
};

// hwloc's time grows with the square of what lies side by side: pu:8192 took 46 s to be checked and made, core:1024 pu:8 3 s.
constexpr std::uint64_t max_siblings = 1024;

struct parsed {
  std::vector<synthetic_level> levels;
  std::optional<std::string> problem;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Removes (…) and […], which hold attributes and attached memory, so that only levels remain.
std::optional<std::string> without_attributes(std::string_view text) {
  std::string rest;
  std::string open;
  for (char c : text) {
    if (c == '(' || c == '[') {
      open += c == '(' ? ')' : ']';
    } else if (c == ')' || c == ']') {
      if (open.empty() || open.back() != c) return std::nullopt;
      open.pop_back();
      if (open.empty()) rest += ' ';
    } else if (open.empty()) {
      rest += c;
    }
  }
  if (!open.empty()) return std::nullopt;
  return rest;
}

parsed parse(std::string_view description) {
  parsed outcome;
  auto const plain = without_attributes(description);
  if (!plain) {
    outcome.problem = "has unbalanced parentheses";
    return outcome;
  }
  std::size_t at = 0;
  while ((at = plain->find_first_not_of(' ', at)) != std::string::npos) {
    auto const end = std::min(plain->find(' ', at), plain->size());
    auto const word = std::string_view(*plain).substr(at, end - at);
    auto const colon = word.find(':');
    auto const digits = colon == std::string_view::npos ? word : word.substr(colon + 1);
    synthetic_level level;
    if (colon != std::string_view::npos) level.name = lower(word.substr(0, colon));
    auto const [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), level.count);
    if (failure != std::errc{} || stop != digits.data() + digits.size() || level.count == 0) {
      outcome.problem = "has " + quote(word) + " where TYPE:COUNT with a count of at least 1 is expected";
      return outcome;
    }
    outcome.levels.push_back(std::move(level));
    at = end;
  }
  return outcome;
}

// Saturates: only "more than the limit" matters.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX / b ? UINT64_MAX : a * b; }

}  // namespace

std::uint64_t synthetic_pus(std::string_view description) {
  std::uint64_t total = 1;
  for (auto const& level : parse(description).levels) total = multiply(total, level.count);
  return total;
}

std::optional<std::string> check_synthetic(std::string_view description) {
  auto const prefix = "synthetic topology " + quote(description) + " ";
  auto const example = std::string("; expected for example 'pack:2 numa:1 core:4 pu:2'");
  if (std::any_of(description.begin(), description.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; }))
    return prefix + "has control characters" + example;
  auto const outcome = parse(description);
  if (outcome.problem) return prefix + *outcome.problem + example;
  if (outcome.levels.empty()) return prefix + "is empty" + example;
  auto const& last = outcome.levels.back().name;
  if (last != "pu" && !last.empty()) return prefix + "ends in " + quote(last) + ", not in pu:COUNT" + example;
  std::uint64_t total = 1;
  for (auto const& level : outcome.levels) {
    if (level.count > max_siblings) return prefix + "asks for more than " + std::to_string(max_siblings) + " of one kind beside each other";
    total = multiply(total, level.count);
    if (level.name.starts_with("numa") || level.name.starts_with("node"))
      if (total > max_nodes) return prefix + "asks for more than " + std::to_string(max_nodes) + " NUMA nodes";
  }
  if (total > max_pus) return prefix + "asks for more than " + std::to_string(max_pus) + " PUs";
  return std::nullopt;
}

}  // namespace stealyard::topology
