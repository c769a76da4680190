#include "stress/explore/scope.hpp"

#include "stress/model/generators.hpp"

#include <algorithm>
#include <tuple>

namespace stealyard::explore {

namespace {

using model::program;

// What threads may do. `first`: the first thread's letters, where it plays a part of its own.
struct alphabet {
  std::string_view kind;
  std::string_view first, others;
  unsigned most_capacity;
  bool idle_threads;  // a thread with no operation of its own still acts
  bool alike = true;  // threads of the same part are interchangeable: nothing goes by a number (of idle: of two)
};
constexpr alphabet alphabets[] = {
    {"run_queue", "uoe", "sb", 2, false},
    {"channel_buffer", "", "uocl", 3, false},
    {"parker", "ptw", "u", 1, false},
    {"idle", "", "usqx", 1, true},
    {"reclaim", "", "pqran", 1, false, false},  // slots stand by number, and who counts itself counts those before it
    {"chan", "", "srtycl", 2, false},
    {"select", "", "strycSRMXD", 1, false},
    {"mutex", "", "ltL", 1, false},
    {"rw_mutex", "", "wrvyWR", 1, false},
    {"semaphore", "", "12t", 2, false},
    {"wait_group", "", "dwnW", 1, false},
    {"cond", "", "gbw", 1, false},
    {"once", "", "o", 1, false},
    {"private_slots", "uopq", "k", 1, false},
    {"timer", "ept", "fyr", 1, false},
};

// Every word of exactly that length.
void words(std::string_view letters, unsigned length, std::string& word, std::vector<std::string>& into) {
  if (length == 0) {
    into.push_back(word);
    return;
  }
  for (char c : letters) {
    word.push_back(c);
    words(letters, length - 1, word, into);
    word.pop_back();
  }
}
std::vector<std::string> words_up_to(std::string_view letters, unsigned shortest, unsigned longest) {
  std::vector<std::string> all;
  std::string word;
  for (unsigned n = shortest; n <= longest; ++n) words(letters, n, word, all);
  return all;
}

struct enumeration {
  const alphabet& of;
  const scope& within;
  const model::model_entry& entry;
  std::vector<std::string> first, others;
  std::vector<program> found;

  void extend(program& p, std::size_t from) {
    if (p.threads.size() >= 2) offer(p);
    if (p.threads.size() == within.threads) return;
    // Where threads are alike, words in ascending order are all there are.
    for (std::size_t i = from; i != others.size(); ++i) {
      p.threads.push_back(others[i]);
      if (operations_of(p) <= within.operations) extend(p, of.alike ? i : 0);
      p.threads.pop_back();
    }
  }
  void offer(const program& p) {
    const auto acting = std::count_if(p.threads.begin(), p.threads.end(), [](const auto& t) { return !t.empty(); });
    if (acting < 2 && !of.idle_threads) return;
    if (model::rules_of(of.kind)->objection(p, entry.facts).empty()) found.push_back(p);
  }
};

}  // namespace

std::size_t operations_of(const program& p) {
  std::size_t n = 0;
  for (const auto& t : p.threads) n += static_cast<std::size_t>(std::count_if(t.begin(), t.end(), [](char c) { return c != 'x'; }));
  return n;
}

std::vector<program> programs_within(const model::model_entry& entry, const scope& s) {
  const auto* of = std::find_if(std::begin(alphabets), std::end(alphabets), [&](const alphabet& a) { return a.kind == entry.kind; });
  if (of == std::end(alphabets)) return {};
  const unsigned shortest = of->idle_threads ? 0 : 1;
  enumeration e{
      *of, s, entry, words_up_to(of->first, 1, s.operations), words_up_to(of->others, shortest, s.operations + (of->idle_threads ? 1 : 0)),
      {}};
  for (unsigned capacity = 1; capacity <= std::min(s.capacity, of->most_capacity); ++capacity) {
    program p{capacity, {}};
    if (of->first.empty()) {
      e.extend(p, 0);
      continue;
    }
    for (const std::string& word : e.first) {
      p.threads = {word};
      if (operations_of(p) <= s.operations) e.extend(p, 0);
    }
  }
  std::sort(e.found.begin(), e.found.end(), [](const program& a, const program& b) {
    const auto size = [](const program& p) { return std::tuple(operations_of(p), p.threads.size(), p.capacity); };
    return size(a) != size(b) ? size(a) < size(b) : a.threads < b.threads;
  });
  return e.found;
}

}  // namespace stealyard::explore
