#include "stress/model/generators.hpp"

#include "stress/model/protocol_rules.hpp"

#include <algorithm>

namespace stealyard::model {

namespace {

using letters = std::vector<std::pair<std::size_t, char>>;

// Sizes are explicit, and the whole runs at nominal size: at a smaller one inRange draws from the low end of its range only (every
// program then has capacity 1 and one thief, and finds next to nothing).
//
// Up to `longest` letters, drawn by weight.
rc::Gen<std::string> word(const letters& from, int longest) {
  std::string urn;
  for (const auto& [weight, letter] : from) urn.append(weight, letter);
  return rc::gen::resize(longest, rc::gen::container<std::string>(rc::gen::elementOf(urn)));
}

rc::Gen<std::vector<std::string>> words(std::size_t most, const letters& from, int longest) {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, most + 1),
                         [=](std::size_t n) { return rc::gen::container<std::vector<std::string>>(n, word(from, longest)); });
}

std::string refuse_letters(const program& p, std::size_t thread, std::string_view allowed) {
  for (char c : p.threads[thread]) {
    if (allowed.find(c) == allowed.npos) {
      return "thread " + std::to_string(thread) + " has '" + c + "'; allowed there: " + std::string(allowed);
    }
  }
  return {};
}

std::string refuse_shape(const program& p, unsigned most_capacity, std::size_t longest) {
  if (p.threads.size() < 2 || p.threads.size() > most_threads) return "a program has 2 to 4 threads";
  if (p.capacity < 1 || p.capacity > most_capacity) return "the first number is from 1 to " + std::to_string(most_capacity);
  std::size_t total = 0;
  for (const std::string& t : p.threads) total += t.size();
  if (total > longest) return "more than " + std::to_string(longest) + " operations";
  return {};
}

std::size_t count(const std::string& word, std::string_view of) {
  return static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [&](char c) { return of.find(c) != of.npos; }));
}
std::size_t count(const program& p, std::string_view of) {
  std::size_t n = 0;
  for (const std::string& t : p.threads) n += count(t, of);
  return n;
}

// run_queue ---------------------------------------------------------------------------------------------------------------

namespace run_queues {

constexpr std::size_t most_pushes = 10;

rc::Gen<program> programs(const variant_facts& facts) {
  letters thief{{4, 's'}};
  if (facts.batches) thief.push_back({1, 'b'});
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange(1u, 4u), word({{6, 'u'}, {4, 'o'}, {1, 'e'}}, 9), words(2, thief, 4)),
                      [](const std::tuple<unsigned, std::string, std::vector<std::string>>& drawn) {
                        program p{std::get<0>(drawn), {std::get<1>(drawn)}};
                        for (const std::string& t : std::get<2>(drawn)) p.threads.push_back(t);
                        return p;
                      });
}
std::string objection(const program& p, const variant_facts& facts) {
  std::string why = refuse_shape(p, 8, 24);
  if (why.empty()) why = refuse_letters(p, 0, "uoe");
  for (std::size_t t = 1; why.empty() && t != p.threads.size(); ++t) why = refuse_letters(p, t, facts.batches ? "sb" : "s");
  if (why.empty() && count(p, "u") > most_pushes) why = "more than 10 pushes";
  return why;
}
std::string_view meaning(char letter) {
  switch (letter) {
    case 'u':
      return "push";
    case 'o':
      return "pop";
    case 'e':
      return "probably_empty";
    case 's':
      return "steal";
    default:
      return "steal_batch";
  }
}
std::string participant(const program&, std::size_t thread) { return thread == 0 ? "owner" : "thief"; }

}  // namespace run_queues

// channel_buffer ----------------------------------------------------------------------------------------------------------

namespace channel_buffers {

bool one_producer(arity who) { return who == arity::spsc || who == arity::spmc; }
bool one_consumer(arity who) { return who == arity::spsc || who == arity::mpsc; }

// Anyone may close: beside a single producer there is sometimes a stranger who does nothing else.
rc::Gen<program> programs(const variant_facts& facts) {
  const bool alone = one_producer(facts.who);
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(1u, 4u), words(alone ? 1 : 2, {{12, 'u'}, {2, 'c'}, {1, 'l'}}, 5),
                     words(one_consumer(facts.who) ? 1 : 2, {{12, 'o'}, {1, 'l'}}, 5), word({{2, 'c'}, {1, 'l'}}, alone ? 2 : 0)),
      [](const std::tuple<unsigned, std::vector<std::string>, std::vector<std::string>, std::string>& drawn) {
        program p{std::get<0>(drawn), std::get<1>(drawn)};
        for (const std::string& t : std::get<2>(drawn)) p.threads.push_back(t);
        if (!std::get<3>(drawn).empty()) p.threads.push_back(std::get<3>(drawn));
        return p;
      });
}
std::string objection(const program& p, const variant_facts& facts) {
  std::string why = refuse_shape(p, 3, 20);
  std::size_t producers = 0, consumers = 0;
  for (std::size_t t = 0; why.empty() && t != p.threads.size(); ++t) {
    why = refuse_letters(p, t, "uocl");
    if (why.empty() && count(p.threads[t], "u") > 6) why = "more than 6 pushes in a thread";
    if (why.empty() && count(p.threads[t], "o") > 6) why = "more than 6 pops in a thread";
    producers += count(p.threads[t], "u") != 0 ? 1 : 0;
    consumers += count(p.threads[t], "o") != 0 ? 1 : 0;
  }
  if (why.empty() && producers > 1 && one_producer(facts.who)) why = "this variant claims one producer";
  if (why.empty() && consumers > 1 && one_consumer(facts.who)) why = "this variant claims one consumer";
  return why;
}
std::string_view meaning(char letter) {
  switch (letter) {
    case 'u':
      return "push";
    case 'o':
      return "pop";
    case 'c':
      return "close";
    default:
      return "length";
  }
}
std::string participant(const program& p, std::size_t thread) {
  const bool pushes = count(p.threads[thread], "uc") != 0;
  const bool pops = count(p.threads[thread], "o") != 0;
  if (!pops && count(p.threads[thread], "u") == 0) return "stranger";
  return pushes && pops ? "both" : pops ? "consumer" : "producer";
}

}  // namespace channel_buffers

// parker ------------------------------------------------------------------------------------------------------------------

namespace parkers {

rc::Gen<program> programs(const variant_facts&) {
  return rc::gen::map(rc::gen::pair(word({{4, 'p'}, {1, 't'}, {1, 'w'}}, 4), words(2, {{1, 'u'}}, 3)),
                      [](const std::pair<std::string, std::vector<std::string>>& drawn) {
                        program p{1, {drawn.first}};
                        for (const std::string& t : drawn.second) p.threads.push_back(t);
                        // A message that nobody leaves would be waited for for ever.
                        while (count(p.threads[0], "p") > count(p, "u")) p.threads[0].erase(p.threads[0].rfind('p'), 1);
                        return p;
                      });
}
std::string objection(const program& p, const variant_facts&) {
  std::string why = refuse_shape(p, 1, 16);
  if (why.empty()) why = refuse_letters(p, 0, "ptw");
  for (std::size_t t = 1; why.empty() && t != p.threads.size(); ++t) why = refuse_letters(p, t, "u");
  if (why.empty() && count(p, "u") > 6) why = "more than 6 messages";
  if (why.empty() && count(p, "p") > count(p, "u")) why = "the owner waits for more messages than are left";
  return why;
}
std::string_view meaning(char letter) {
  switch (letter) {
    case 'p':
      return "wait-for-message";
    case 't':
      return "park-timed";
    case 'w':
      return "poll";
    default:
      return "message+unpark";
  }
}
std::string participant(const program&, std::size_t thread) { return thread == 0 ? "owner" : "waker"; }

}  // namespace parkers

// idle --------------------------------------------------------------------------------------------------------------------

namespace idles {

bool stranger(const std::string& word) { return word.starts_with('x'); }
std::size_t workers(const program& p) {
  return static_cast<std::size_t>(std::count_if(p.threads.begin(), p.threads.end(), [](const auto& t) { return !stranger(t); }));
}

rc::Gen<program> programs(const variant_facts&) {
  const letters tasks{{3, 'a'}, {1, 'b'}, {2, 'r'}, {2, 'w'}};
  return rc::gen::map(rc::gen::tuple(words(3, tasks, 2), rc::gen::inRange(0, 3), word(tasks, 3)),
                      [](const std::tuple<std::vector<std::string>, int, std::string>& drawn) {
                        program p{1, std::get<0>(drawn)};
                        if (std::get<1>(drawn) != 0 || p.threads.size() == 1) p.threads.push_back("x" + std::get<2>(drawn));
                        // With every worker waiting for another task nobody would be left to run it.
                        std::size_t may_wait = workers(p) - 1;
                        for (std::string& t : p.threads) {
                          for (char& c : t) {
                            if ((c == 'r' || c == 'w') && may_wait-- == 0) ++may_wait, c = 'b';
                          }
                        }
                        return p;
                      });
}
#if defined(STEALYARD_EXPLORER)
constexpr std::string_view worker_letters = "usq", stranger_letters = "xuq";
#else
constexpr std::string_view worker_letters = "abrw", stranger_letters = "xabrw";
#endif
std::string refuse_tasks(const program& p) {
  const std::size_t tasks = count(p, "a") + 2 * count(p, "brw");
  if (tasks == 0 || tasks > 10) return "a program has 1 to 10 tasks, children included";
  return count(p, "rw") >= workers(p) ? "as many tasks that wait for another as workers: nobody is left to run one" : "";
}
std::string refuse_turns(const program& p) {
  if (count(p, "u") > 10) return "more than 10 tasks";
  if (count(p, "s") == 0) return "nobody looks for a task";
  if (count(p, "q") > 1) return "everybody is stopped once";
  for (const std::string& t : p.threads) {
    if (t.find('q') != t.npos && t.find('q') + 1 != t.size()) return "q is a thread's last letter";
  }
  return "";
}
std::string objection(const program& p, const variant_facts&) {
  std::string why = refuse_shape(p, 1, 16);
  for (std::size_t t = 0; why.empty() && t != p.threads.size(); ++t) {
    why = refuse_letters(p, t, stranger(p.threads[t]) ? stranger_letters : worker_letters);
    if (why.empty() && p.threads[t].rfind('x') != std::string::npos && p.threads[t].rfind('x') != 0) why = "x is a thread's first letter";
    if (why.empty() && p.threads[t] == "x") why = "a stranger that does nothing";
    if (why.empty() && t != 0 && stranger(p.threads[t - 1]) && !stranger(p.threads[t])) why = "a worker after a stranger";
  }
  if (why.empty() && workers(p) == 0) why = "no worker";
  if (!why.empty()) return why;
  return worker_letters.starts_with('u') ? refuse_turns(p) : refuse_tasks(p);
}
std::string_view meaning(char letter) {
  switch (letter) {
    case 'a':
      return "task";
    case 'b':
      return "task+child";
    case 'r':
      return "task-waits-for-child";
    case 'w':
      return "task-waits-for-next+task";
    case 'u':
      return "push";
    case 's':
      return "find-a-task";
    case 'q':
      return "stop-everybody";
    default:
      return "-";
  }
}
std::string participant(const program& p, std::size_t thread) { return stranger(p.threads[thread]) ? "stranger" : "worker"; }

}  // namespace idles

// reclaim -----------------------------------------------------------------------------------------------------------------

namespace reclaims {

// a and n are said of the guard that r began.
std::string refuse_guards(const std::string& word) {
  for (std::size_t i = 0; i != word.size(); ++i) {
    if ((word[i] == 'a' || word[i] == 'n') && (i == 0 || word[i - 1] == 'p' || word[i - 1] == 'q')) return "no guard to read under";
    if (word[i] == 'n' && word.rfind('n', i - 1) != word.npos && word.rfind('n', i - 1) > word.rfind('r', i)) return "a third guard";
  }
  return {};
}
rc::Gen<program> programs(const variant_facts& facts) {
  letters all{{4, 'r'}, {1, 'a'}, {4, 'p'}, {2, 'q'}};
  if (facts.nested) all.push_back({1, 'n'});
  return rc::gen::map(rc::gen::pair(word(all, 4), words(2, all, 4)), [](const std::pair<std::string, std::vector<std::string>>& drawn) {
    program p{1, drawn.second};
    p.threads.push_back(drawn.first);
    for (std::string& t : p.threads) {
      for (std::size_t i = 0; i != t.size(); ++i) {
        if (!refuse_guards(t.substr(0, i + 1)).empty()) t[i] = 'r';
      }
    }
    return p;
  });
}
std::string objection(const program& p, const variant_facts& facts) {
  std::string why = refuse_shape(p, 1, 12);
  for (std::size_t t = 0; why.empty() && t != p.threads.size(); ++t) {
    why = refuse_letters(p, t, facts.nested ? "ranpq" : "rapq");
    if (why.empty()) why = refuse_guards(p.threads[t]);
  }
  return why;
}
std::string_view meaning(char letter) {
  switch (letter) {
    case 'r':
      return "read";
    case 'a':
      return "read-again";
    case 'n':
      return "read-under-another";
    case 'p':
      return "replace+retire";
    default:
      return "quiescent";
  }
}
std::string participant(const program& p, std::size_t thread) {
  const bool reads = count(p.threads[thread], "r") != 0, replaces = count(p.threads[thread], "p") != 0;
  return reads && replaces ? "both" : replaces ? "writer" : reads ? "reader" : "stranger";
}

}  // namespace reclaims

}  // namespace

const kind_rules* rules_of(std::string_view kind) {
  static const kind_rules rules[] = {
      {"run_queue", run_queues::programs, run_queues::objection, run_queues::meaning, run_queues::participant},
      {"channel_buffer", channel_buffers::programs, channel_buffers::objection, channel_buffers::meaning, channel_buffers::participant},
      {"parker", parkers::programs, parkers::objection, parkers::meaning, parkers::participant},
      {"idle", idles::programs, idles::objection, idles::meaning, idles::participant},
      {"reclaim", reclaims::programs, reclaims::objection, reclaims::meaning, reclaims::participant},
  };
  for (const kind_rules& r : rules) {
    if (r.kind == kind) return &r;
  }
  for (const kind_rules& r : protocol_rules()) {
    if (r.kind == kind) return &r;
  }
  return nullptr;
}

}  // namespace stealyard::model
