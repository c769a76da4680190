#include "stress/litmus/text.hpp"

#include <algorithm>
#include <charconv>

namespace stealyard::litmus {

namespace {

struct verb {
  std::string_view name;
  action what;
  const char* form;
};
constexpr verb verbs[] = {
    {"load", action::load, "load LOCATION ORDER"},
    {"store", action::store, "store LOCATION VALUE ORDER"},
    {"swap", action::exchange, "swap LOCATION VALUE ORDER"},
    {"add", action::fetch_add, "add LOCATION VALUE ORDER"},
    {"cas", action::compare_exchange, "cas LOCATION EXPECTED DESIRED ORDER FAILURE"},
    {"fence", action::fence, "fence ORDER"},
    {"read", action::plain_load, "read LOCATION"},
    {"write", action::plain_store, "write LOCATION VALUE"},
};

[[noreturn]] void refuse(std::string_view word, const std::string& accepted) {
  throw bad_text("'" + std::string(word) + "': accepted is " + accepted);
}

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + by.size());
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (const std::string_view w : split(text, " ")) {
    if (!w.empty()) found.push_back(w);
  }
  return found;
}

std::int8_t number(std::string_view word) {
  int n = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  if (error != std::errc{} || end != word.data() + word.size() || n < -128 || n > 127) refuse(word, "a value in -128 .. 127");
  return static_cast<std::int8_t>(n);
}

std::memory_order order(std::string_view word) {
  using enum std::memory_order;
  if (word == "relaxed" || word == "rlx") return relaxed;
  if (word == "acquire" || word == "acq") return acquire;
  if (word == "release" || word == "rel") return release;
  if (word == "acq_rel") return acq_rel;
  if (word == "seq_cst" || word == "sc") return seq_cst;
  refuse(word, "an order: relaxed, acquire, release, acq_rel, seq_cst");
}

void check_orders(const instruction& i, std::string_view text) {
  using enum std::memory_order;
  const bool loads = i.what == action::load, stores = i.what == action::store;
  if (loads && (i.order == release || i.order == acq_rel)) refuse(text, "a load that is relaxed, acquire or seq_cst");
  if (stores && (i.order == acquire || i.order == acq_rel)) refuse(text, "a store that is relaxed, release or seq_cst");
  if (i.what == action::compare_exchange && (i.failure == release || i.failure == acq_rel)) {
    refuse(text, "a failure order that is relaxed, acquire or seq_cst");
  }
}

instruction parse_instruction(std::string_view text) {
  const std::vector<std::string_view> w = words(text);
  if (w.empty()) refuse(text, "an instruction, such as: load x acquire");
  const auto* v = std::find_if(std::begin(verbs), std::end(verbs), [&](const verb& known) { return known.name == w[0]; });
  if (v == std::end(verbs)) refuse(w[0], "one of load, store, swap, add, cas, fence, read, write");
  if (w.size() != words(v->form).size()) refuse(text, v->form);
  instruction i;
  i.what = v->what;
  std::size_t next = 1;
  if (i.what != action::fence) {
    const std::size_t location = w[next].size() == 1 ? location_names.find(w[next]) : location_names.npos;
    if (location == location_names.npos) refuse(w[next], "a location: x, y, z, w, v or u");
    i.location = static_cast<std::uint8_t>(location);
    ++next;
  }
  if (i.what == action::compare_exchange) i.expected = number(w[next++]);
  if (i.what == action::store || i.what == action::plain_store || is_rmw(i.what)) i.value = number(w[next++]);
  if (!is_plain(i.what)) i.order = order(w[next++]);
  if (i.what == action::compare_exchange) i.failure = order(w[next++]);
  check_orders(i, text);
  return i;
}

}  // namespace

program parse_program(std::string_view text) {
  program p;
  p.locations = 0;
  for (const std::string_view thread : split(text, "||")) {
    std::vector<instruction>& code = p.threads.emplace_back();
    for (const std::string_view part : split(thread, ";")) {
      code.push_back(parse_instruction(part));
      if (code.back().what != action::fence) p.locations = std::max<std::uint8_t>(p.locations, code.back().location + 1);
    }
  }
  if (p.threads.size() > 4) refuse(text, "1 to 4 threads");
  std::vector<int> plain(p.locations, -1);  // of each location: not accessed yet, atomic, plain
  for (const auto& code : p.threads) {
    for (const instruction& i : code) {
      if (i.what == action::fence) continue;
      int& seen = plain[i.location];
      if (seen == !is_plain(i.what))
        refuse(location_names.substr(i.location, 1), "a location that is atomic throughout, or plain throughout");
      seen = is_plain(i.what);
    }
  }
  return p;
}

const char* to_string(std::memory_order o) noexcept {
  switch (o) {
    case std::memory_order::relaxed:
      return "relaxed";
    case std::memory_order::acquire:
      return "acquire";
    case std::memory_order::release:
      return "release";
    case std::memory_order::acq_rel:
      return "acq_rel";
    case std::memory_order::seq_cst:
      return "seq_cst";
    default:
      return "consume";
  }
}

std::string to_string(const program& p) {
  std::string text;
  for (const auto& thread : p.threads) {
    if (&thread != &p.threads.front()) text += " || ";
    for (const instruction& i : thread) {
      if (&i != &thread.front()) text += "; ";
      for (const verb& v : verbs) {
        if (v.what == i.what) text += v.name;
      }
      if (i.what != action::fence) text.append(" ").append(location_names.substr(i.location, 1));
      if (i.what == action::compare_exchange) text += " " + std::to_string(i.expected);
      if (i.what == action::store || i.what == action::plain_store || is_rmw(i.what)) text += " " + std::to_string(i.value);
      if (!is_plain(i.what)) text.append(" ").append(to_string(i.order));
      if (i.what == action::compare_exchange) text.append(" ").append(to_string(i.failure));
    }
  }
  return text;
}

std::string to_string(const program& p, const outcome& o) {
  std::string text;
  for (std::size_t i = 0; i != o.size(); ++i) {
    if (i + p.locations == o.size()) text += "| ";
    if (i + p.locations >= o.size()) text.append(location_names.substr(i + p.locations - o.size(), 1)).append("=");
    text.append(std::to_string(o[i])).append(" ");
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace stealyard::litmus
