// meter: who can still finish when somebody stops for good, at each of his steps?
//
// For every small state, every operation V and every step k of it: V is stopped before step k. Then every other operation X must
//   alone, at once or after a whole call of any third, finish within a bounded number of steps, `lost` not counting as an end
//                                                                                     (if it claims to be obstruction-free or better)
//   beside an equal, in every rhythm of a few steps, let one of the two finish         (if it claims to be lock-free)
//   with whole calls of others between any two of its steps, finish all the same      (if it claims to be wait-free)
// An operation that claims less than this shows ("blocking", and nothing ever blocks it) is wrong too: claims are exact.
// An operation that waits for others (park) has no last step: it claims nothing, and is stopped at each of its first steps_of_a_wait.
// What this decides, it decides for the states tried, under interleaving semantics: a certificate within a bound, or a window with its
// rows.
#pragma once
#include "core/contract/claims.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stealyard::meter {

// One object under test, and calls on it by number.
class subject {
 public:
  virtual ~subject() = default;
  // Once; false: lost, and must be called again.
  virtual bool call(unsigned operation) = 0;
};

struct operation {
  std::string name;
  std::optional<progress> claim{};  // none: it only gets in the others' way
  unsigned owner = 0;               // calls of one owner are made by one thread; 0: by anyone
  bool waits = false;               // its end may be up to others
};

// What every measurement begins in: an object of that size, on which these operations were called.
struct state {
  std::size_t size;
  std::vector<unsigned> calls;
};
// Nearly empty, nearly full and in between, by operations 0, which puts, and 1, which takes.
std::vector<state> states_of_a_queue();

inline constexpr std::size_t steps_of_a_wait = 64;  // twice the longest round of any parker's (spin_yield's, up to its yield)

struct entry {
  std::string kind, name;
  std::string not_applicable;  // why not, or empty
  std::vector<operation> operations;
  std::vector<state> states;
  std::optional<unsigned> ends_waits;  // the operation after which whoever waits goes on
  std::function<std::unique_ptr<subject>(std::size_t size)> make;
  std::string dotted() const { return kind + "." + name; }
};
std::deque<entry>& entries();

struct findings {
  std::vector<std::set<std::string>> windows;  // of each operation: where who stops keeps it from finishing
  std::vector<std::set<std::string>> livelocks, unbounded;
  std::vector<std::size_t> most_steps;  // alone, with somebody stopped
  std::size_t stops = 0;
};
findings measure(const entry& e);

// What the findings make of the claims: a line an operation, true if every claim is exact.
bool judge(const entry& e, const findings& f, std::string& report);

}  // namespace stealyard::meter
