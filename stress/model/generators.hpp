// generators: random programs for each kind (RapidCheck's Gen, so that they shrink), from what its contract allows.
#pragma once
#include "stress/model/program.hpp"
#include "stress/model/suite.hpp"

#include <rapidcheck.h>

namespace stealyard::model {

struct kind_rules {
  std::string_view kind;
  rc::Gen<program> (*programs)(const variant_facts&);  // null: none are drawn
  // Why this program may not be run, or empty. A replay line is checked by it.
  std::string (*objection)(const program&, const variant_facts&);
  std::string_view (*meaning)(char letter);        // "try_push"
  std::string (*participant)(const program&, std::size_t thread);  // "owner"
};

const kind_rules* rules_of(std::string_view kind);

inline constexpr unsigned most_threads = 4;

}  // namespace stealyard::model
