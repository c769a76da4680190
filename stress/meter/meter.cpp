#include "stress/meter/meter.hpp"

#include "stress/meter/gated.hpp"

#include <algorithm>
#include <array>
#include <climits>

namespace stealyard::meter {

namespace {

constexpr std::size_t alone_budget = 600;      // steps of a call that nobody moves beside: no call on these states takes a tenth of it
constexpr std::size_t beside_budget = 1500;    // of two calls together
constexpr std::size_t wait_free_budget = 200;  // own steps, whatever others do

// One thread that makes one call, again until it is not lost.
class caller {
  actor actor_;
  unsigned participant_;
  const operation& what_;

 public:
  caller(subject& s, const entry& e, unsigned what, unsigned participant)
      : actor_([&s, what] {
          while (!s.call(what)) continue;
        }),
        participant_(participant),
        what_(e.operations[what]) {}
  bool run(std::size_t steps) {
    gated::participant = participant_;
    const bool ended = actor_.run(steps);
    gated::participant = 0;
    return ended;
  }
  bool ended() const { return actor_.ended(); }
  std::size_t steps() const { return actor_.steps(); }
  bool waits() const { return what_.waits; }
  std::string window() const { return what_.name + " stopped between " + to_string(actor_.last()) + " and " + to_string(actor_.next()); }
};

constexpr unsigned nobody = UINT_MAX;

class measurement {
  const entry& entry_;
  findings found_;

  std::unique_ptr<subject> make(const state& s) const {
    auto made = entry_.make(s.size);
    for (const unsigned what : s.calls) made->call(what);
    return made;
  }
  // Alone, with nobody stopped.
  bool ends(subject& object, unsigned what) {
    if (caller(object, entry_, what, 0).run(alone_budget)) return true;
    if (!entry_.operations[what].waits) found_.livelocks[what].insert("never ends, though nobody else is there");
    return false;
  }
  // A call that does not return would keep the meter with it.
  bool can_be_made(const state& s) {
    const auto object = entry_.make(s.size);
    return std::ranges::all_of(s.calls, [&](unsigned what) { return ends(*object, what); });
  }
  // Two calls of an owner are never under way at once.
  bool together(unsigned a, unsigned b) const {
    return entry_.operations[a].owner == 0 || entry_.operations[a].owner != entry_.operations[b].owner;
  }
  bool claims(unsigned x, progress least) const { return entry_.operations[x].claim >= least; }

  // Everybody goes on, one after the other, so that nothing is left half done; who waits, until he is woken. A call that even then does
  // not end is a defect of its own.
  bool clean_up(subject& object, std::initializer_list<caller*> callers) const {
    std::optional<caller> wakes;
    for (std::size_t turn = 0; turn != 3 * callers.size(); ++turn) {
      bool ended = true, waiting = false;
      for (caller* c : callers) {
        if (c->run(c->waits() ? steps_of_a_wait + turn : alone_budget)) continue;  // not always to the same step of its round
        ended = false;
        waiting |= c->waits();
      }
      if (ended) return true;
      if (!waiting || !entry_.ends_waits) continue;
      if (!wakes || wakes->ended()) wakes.emplace(object, entry_, *entry_.ends_waits, 0);
      wakes->run(alone_budget);
    }
    return false;
  }

  // X alone, V stopped, Z (or nobody) having made a whole call since. False: V ended before step k.
  bool alone(const state& s, unsigned v, unsigned z, unsigned x, std::size_t k) {
    const auto object = make(s);
    caller stopped(*object, entry_, v, 1), runs(*object, entry_, x, 2);
    if (stopped.run(k)) return false;
    std::string where = stopped.window();
    if (z == nobody) {
      ++found_.stops;
    } else {
      caller whole(*object, entry_, z, 3);
      if (!whole.run(alone_budget)) return clean_up(*object, {&whole, &stopped}), true;  // Z waits for V: that is Z's window
      if (!found_.windows[x].contains(where)) where += ", after a whole " + entry_.operations[z].name;
    }
    if (runs.run(alone_budget)) {
      found_.most_steps[x] = std::max(found_.most_steps[x], runs.steps());
    } else {
      found_.windows[x].insert(where);
    }
    if (!clean_up(*object, {&stopped, &runs})) found_.livelocks[runs.ended() ? v : x].insert("never ends, even when nobody is stopped");
    return true;
  }

  // X and Y in every rhythm of up to three steps each, from every start of up to two, V stopped: one of them ends.
  void beside(const state& s, unsigned v, unsigned x, unsigned y, std::size_t k) {
    for (unsigned rhythm = 0; rhythm != 81; ++rhythm) {
      const auto object = make(s);
      caller stopped(*object, entry_, v, 1), first(*object, entry_, x, 2), second(*object, entry_, y, 3);
      if (stopped.run(k)) return;
      if (rhythm / 27 != 0) first.run(rhythm / 27);
      if (rhythm / 9 % 3 != 0) second.run(rhythm / 9 % 3);
      const auto ended = [&] { return first.ended() || second.ended(); };
      while (!ended() && first.steps() + second.steps() < beside_budget) {
        first.run(1 + rhythm / 3 % 3);
        if (!first.ended()) second.run(1 + rhythm % 3);
      }
      if (!ended()) found_.livelocks[x].insert("beside " + entry_.operations[y].name + ", " + stopped.window());
      clean_up(*object, {&stopped, &first, &second});
    }
  }

  // A whole call of Y before every step of X; of a Y that waits, as much as it can do.
  void among(const state& s, unsigned x, unsigned y) {
    const auto object = make(s);
    caller runs(*object, entry_, x, 2);
    std::optional<caller> other;
    for (std::size_t steps = 0; steps != wait_free_budget && !runs.run(1); ++steps) {
      if (!other || other->ended()) other.emplace(*object, entry_, y, 1);
      if (other->run(alone_budget) || other->waits()) continue;
      clean_up(*object, {&*other, &runs});
      return;  // Y waits for X: that is Y's window, not X's fault
    }
    if (!runs.ended()) found_.unbounded[x].insert("with a whole " + entry_.operations[y].name + " between any two of its steps");
    clean_up(*object, {&runs});
  }

  // V stopped at each of its steps, against X.
  void stop_each(const state& s, unsigned v, unsigned x) {
    const auto n = static_cast<unsigned>(entry_.operations.size());
    const std::size_t most = ends(*make(s), v) ? alone_budget : steps_of_a_wait;
    for (std::size_t k = 0; alone(s, v, nobody, x, k); ++k) {
      if (k == most) return;
      for (unsigned z = 0; z != n; ++z) {
        if (together(v, z)) alone(s, v, z, x, k);
      }
      if (!claims(x, progress::lock_free) || !found_.windows[x].empty()) continue;  // the claim is false already
      for (unsigned y = 0; y != n; ++y) {
        if (together(v, y) && together(x, y)) beside(s, v, x, y, k);
      }
    }
  }

 public:
  explicit measurement(const entry& e) : entry_(e) {
    const std::size_t n = e.operations.size();
    found_.windows.resize(n);
    found_.livelocks.resize(n);
    found_.unbounded.resize(n);
    found_.most_steps.resize(n);
  }
  findings run() {
    const auto n = static_cast<unsigned>(entry_.operations.size());
    for (const state& s : entry_.states) {
      if (!can_be_made(s)) continue;
      for (unsigned x = 0; x != n; ++x) {
        if (!entry_.operations[x].claim) continue;
        for (unsigned v = 0; v != n; ++v) {
          if (!together(v, x)) continue;
          stop_each(s, v, x);
          if (claims(x, progress::wait_free)) among(s, x, v);
        }
      }
    }
    return std::move(found_);
  }
};

void list(std::string& into, const std::set<std::string>& all) {
  constexpr std::size_t most = 6;
  std::size_t n = 0;
  for (const std::string& one : all) {
    if (n++ == most) {
      into += "      … and " + std::to_string(all.size() - most) + " more\n";
      return;
    }
    into += "      " + one + "\n";
  }
}

}  // namespace

std::deque<entry>& entries() {
  static std::deque<entry> all;
  return all;
}

std::vector<state> states_of_a_queue() {
  std::vector<state> all;
  for (const auto [size, puts, takes] : std::initializer_list<std::array<unsigned, 3>>{
           {1, 0, 0}, {1, 1, 0}, {1, 2, 1}, {2, 0, 0}, {2, 1, 0}, {2, 2, 0}, {2, 3, 2}, {3, 2, 1}, {3, 3, 0}, {3, 5, 3}}) {
    state& s = all.emplace_back(size, std::vector<unsigned>(puts, 0));
    s.calls.insert(s.calls.end(), takes, 1);
  }
  return all;
}

findings measure(const entry& e) { return measurement(e).run(); }

bool judge(const entry& e, const findings& f, std::string& report) {
  bool exact = true;
  for (std::size_t x = 0; x != e.operations.size(); ++x) {
    const operation& o = e.operations[x];
    if (!o.claim && f.livelocks[x].empty()) {
      if (o.waits)
        report += "  " + o.name + " claims nothing: stopped at each of its first " + std::to_string(steps_of_a_wait) + " steps\n";
      continue;
    }
    report += "  " + o.name + " claims " + std::string(o.claim ? to_string(*o.claim) : "nothing") + ": ";
    const auto wrong = [&](const char* why, const std::set<std::string>& places) {
      report += std::string("FAILED, ") + why + "\n";
      list(report, places);
      exact = false;
    };
    if (!f.livelocks[x].empty()) {
      wrong("nobody finishes", f.livelocks[x]);
      if (!f.windows[x].empty()) report += "    and it cannot finish while there is\n", list(report, f.windows[x]);
    } else if (!f.windows[x].empty() && o.claim > progress::blocking) {
      wrong("it cannot finish while there is", f.windows[x]);
    } else if (!f.windows[x].empty()) {
      report += "so it is; it cannot finish while there is\n";
      list(report, f.windows[x]);
    } else if (o.claim == progress::blocking) {
      wrong("nobody who stops anywhere keeps it from finishing: claim more", {});
    } else if (!f.unbounded[x].empty()) {
      wrong("it need not finish", f.unbounded[x]);
    } else {
      report += "finishes wherever anybody stops, in " + std::to_string(f.most_steps[x]) + " steps at most\n";
    }
  }
  return exact;
}

}  // namespace stealyard::meter
