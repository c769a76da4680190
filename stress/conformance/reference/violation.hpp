// A violation of an axiom, found by a reference model: thrown, so that GoogleTest and RapidCheck both report it.
#pragma once
#include "core/contract/claims.hpp"

#include <ostream>
#include <sstream>
#include <stdexcept>

namespace stealyard {

inline std::ostream& operator<<(std::ostream& out, outcome o) { return out << to_string(o); }

}  // namespace stealyard

namespace stealyard::reference {

struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs a part of a test; a violation in it is reported with where it happened.
template <class F, class... Where>
void within(F&& part, const Where&... where) {
  try {
    part();
  } catch (const violation& v) {
    std::ostringstream text;
    text << v.what() << " (";
    (text << ... << where) << ")";
    throw violation(text.str());
  }
}

}  // namespace stealyard::reference

// The text is a chain of <<.
#define STEALYARD_REQUIRE(condition, text)                           \
  do {                                                               \
    if (!(condition)) {                                              \
      std::ostringstream stealyard_text;                             \
      stealyard_text << text;                                        \
      throw ::stealyard::reference::violation(stealyard_text.str()); \
    }                                                                \
  } while (false)
