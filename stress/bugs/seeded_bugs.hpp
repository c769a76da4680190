// The zoo's bugs, for the checkers that have them beside the variants: what bugs.json lists, made at configure time (CMakeLists.txt). A
// patched twin is applied at build time (seed_bugs.cmake), so that it differs from its variant by the bug alone and cannot drift.
#pragma once
#include <string_view>
#include <vector>

namespace stealyard::bugs {

struct seeded_bug {
  std::string_view kind;
  std::string_view variant;
  std::string_view name;
  std::vector<std::string_view> weakened;  // empty: the patched twin VARIANT+NAME
};

inline const std::vector<seeded_bug>& seeded_bugs() {
  static const std::vector<seeded_bug> all = {
#include "bugs/seeded_bugs.inc"
  };
  return all;
}

}  // namespace stealyard::bugs
