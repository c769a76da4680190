#include "stress/litmus/library/library.hpp"

#include <algorithm>
#include <sstream>

namespace stealyard::litmus::library {

namespace {

std::size_t registers(const program& p) {
  std::size_t n = 0;
  for (const auto& thread : p.threads) {
    n += static_cast<std::size_t>(std::count_if(thread.begin(), thread.end(), [](const instruction& i) { return has_register(i.what); }));
  }
  return n;
}

test parse(const entry& e) {
  test t{e, parse_program(e.program), {}};
  const std::size_t first_final = registers(t.code);
  t.asked.resize(first_final + t.code.locations);
  std::istringstream words{std::string(e.outcome)};
  std::size_t at = 0;
  for (std::string word; words >> word;) {
    if (word == "|") {
      at = first_final;
      continue;
    }
    if (at == t.asked.size()) throw bad_text("outcome '" + std::string(e.outcome) + "' of " + std::string(e.name) + ": too many values");
    if (word != "*") t.asked[at] = static_cast<std::int8_t>(std::stoi(word));
    ++at;
  }
  return t;
}

}  // namespace

const std::vector<test>& tests() {
  static const std::vector<test> all = [] {
    std::vector<test> found;
    for (const auto family :
         {message_passing(), store_buffering(), coherence(), causality(), write_order(), read_modify_write(), seq_cst()}) {
      for (const entry& e : family) found.push_back(parse(e));
    }
    return found;
  }();
  return all;
}

bool matches(const test& t, const outcome& o) noexcept {
  if (o.size() != t.asked.size()) return false;
  for (std::size_t i = 0; i != o.size(); ++i) {
    if (t.asked[i] && *t.asked[i] != o[i]) return false;
  }
  return true;
}

known answer(const test& t, const verdict& v) noexcept {
  if (v.races) return known::race;
  const bool seen = std::any_of(v.outcomes.begin(), v.outcomes.end(), [&](const outcome& o) { return matches(t, o); });
  return seen ? known::allowed : known::forbidden;
}

const char* to_string(known k) noexcept { return k == known::allowed ? "allowed" : k == known::forbidden ? "forbidden" : "race"; }

const char* to_string(source s) noexcept {
  switch (s) {
    case source::standard:
      return "C++20";
    case source::batty:
      return "Batty et al. 2011";
    case source::herding:
      return "Alglave et al. 2014";
    case source::rc11:
      return "Lahav et al. 2017";
    case source::p0668:
      return "P0668R5";
    case source::p0982:
      return "P0982R1";
  }
  return "?";
}

}  // namespace stealyard::litmus::library
