#include "stress/meter/meter.hpp"

#include "stress/meter/gated.hpp"

#include <algorithm>

namespace stealyard::meter {

namespace {

constexpr std::size_t alone_budget = 600;      // steps of a call that nobody moves beside: no call on these states takes a tenth of it
constexpr std::size_t beside_budget = 1500;    // of two calls together
constexpr std::size_t wait_free_budget = 200;  // own steps, whatever others do

// One thread that makes one call, again until it is not lost.
class caller {
  actor actor_;
  unsigned participant_;

 public:
  caller(subject& s, unsigned what, unsigned participant)
      : actor_([&s, what] {
          while (!s.call(what)) continue;
        }),
        participant_(participant) {}
  bool run(std::size_t steps) {
    gated::participant = participant_;
    const bool ended = actor_.run(steps);
    gated::participant = 0;
    return ended;
  }
  bool ended() const { return actor_.ended(); }
  std::size_t steps() const { return actor_.steps(); }
  std::string window() const { return "between " + to_string(actor_.last()) + " and " + to_string(actor_.next()); }
};

struct state {
  std::size_t capacity, pushes, takes;
};

class measurement {
  const entry& entry_;
  findings found_;

  std::unique_ptr<subject> make(const state& s) const {
    auto made = entry_.make(s.capacity);
    for (std::size_t i = 0; i != s.pushes; ++i) made->call(0);
    for (std::size_t i = 0; i != s.takes; ++i) made->call(1);
    return made;
  }
  // Two calls of an owner are never under way at once.
  bool together(unsigned a, unsigned b) const {
    return entry_.operations[a].owner == 0 || entry_.operations[a].owner != entry_.operations[b].owner;
  }

  // Everybody goes on, one after the other, so that nothing is left half done; a call that even then does not end is a defect of its own.
  static bool clean_up(std::initializer_list<caller*> callers) {
    for (std::size_t turn = 0; turn != 2 * callers.size(); ++turn) {
      bool ended = true;
      for (caller* c : callers) ended &= c->run(alone_budget);
      if (ended) return true;
    }
    return false;
  }

  // False: V ended before step k.
  bool alone(const state& s, unsigned v, unsigned x, std::size_t k) {
    const auto object = make(s);
    caller stopped(*object, v, 1), runs(*object, x, 2);
    if (stopped.run(k)) return false;
    ++found_.stops;
    if (runs.run(alone_budget)) {
      found_.most_steps[x] = std::max(found_.most_steps[x], runs.steps());
    } else {
      found_.windows[x].insert(entry_.operations[v].name + " stopped " + stopped.window());
    }
    if (!clean_up({&stopped, &runs})) found_.livelocks[x].insert("never ends, even when nobody is stopped");
    return true;
  }

  // X and Y in every rhythm of up to three steps each, from every start of up to two, V stopped: one of them ends.
  void beside(const state& s, unsigned v, unsigned x, unsigned y, std::size_t k) {
    for (unsigned rhythm = 0; rhythm != 81; ++rhythm) {
      const auto object = make(s);
      caller stopped(*object, v, 1), first(*object, x, 2), second(*object, y, 3);
      if (stopped.run(k)) return;
      if (rhythm / 27 != 0) first.run(rhythm / 27);
      if (rhythm / 9 % 3 != 0) second.run(rhythm / 9 % 3);
      const auto ended = [&] { return first.ended() || second.ended(); };
      while (!ended() && first.steps() + second.steps() < beside_budget) {
        first.run(1 + rhythm / 3 % 3);
        if (!first.ended()) second.run(1 + rhythm % 3);
      }
      if (!ended()) {
        found_.livelocks[x].insert("beside " + entry_.operations[y].name + ", " + entry_.operations[v].name + " stopped " +
                                   stopped.window());
      }
      clean_up({&stopped, &first, &second});
    }
  }

  // A whole call of Y before every step of X.
  void among(const state& s, unsigned x, unsigned y) {
    const auto object = make(s);
    caller runs(*object, x, 2);
    std::size_t steps = 0;
    for (; steps != wait_free_budget && !runs.run(1); ++steps) {
      caller whole(*object, y, 1);
      if (!whole.run(alone_budget)) {
        clean_up({&whole, &runs});
        return;  // Y waits for X: that is Y's window, not X's fault
      }
    }
    if (!runs.ended()) found_.unbounded[x].insert("with a whole " + entry_.operations[y].name + " between any two of its steps");
    clean_up({&runs});
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
    for (const state s :
         {state{1, 0, 0}, {1, 1, 0}, {1, 2, 1}, {2, 0, 0}, {2, 1, 0}, {2, 2, 0}, {2, 3, 2}, {3, 2, 1}, {3, 3, 0}, {3, 5, 3}}) {
      for (unsigned x = 0; x != n; ++x) {
        for (unsigned v = 0; v != n; ++v) {
          if (!together(v, x)) continue;
          for (std::size_t k = 0; alone(s, v, x, k); ++k) {
            for (unsigned y = 0; y != n; ++y) {
              if (together(v, y) && together(x, y) && entry_.operations[x].claim >= progress::lock_free) beside(s, v, x, y, k);
            }
          }
          if (entry_.operations[x].claim == progress::wait_free) among(s, x, v);
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

findings measure(const entry& e) { return measurement(e).run(); }

bool judge(const entry& e, const findings& f, std::string& report) {
  bool exact = true;
  for (std::size_t x = 0; x != e.operations.size(); ++x) {
    const operation& o = e.operations[x];
    report += "  " + o.name + " claims " + std::string(to_string(o.claim)) + ": ";
    const auto wrong = [&](const char* why, const std::set<std::string>& places) {
      report += std::string("FAILED, ") + why + "\n";
      list(report, places);
      exact = false;
    };
    if (!f.windows[x].empty()) {
      if (o.claim > progress::blocking) {
        wrong("it cannot finish while there is", f.windows[x]);
      } else {
        report += "so it is; it cannot finish while there is\n";
        list(report, f.windows[x]);
      }
    } else if (o.claim == progress::blocking) {
      wrong("nobody who stops anywhere keeps it from finishing: claim more", {});
    } else if (!f.livelocks[x].empty()) {
      wrong("nobody finishes", f.livelocks[x]);
    } else if (!f.unbounded[x].empty()) {
      wrong("it need not finish", f.unbounded[x]);
    } else {
      report += "finishes wherever anybody stops, in " + std::to_string(f.most_steps[x]) + " steps at most\n";
    }
  }
  return exact;
}

}  // namespace stealyard::meter
