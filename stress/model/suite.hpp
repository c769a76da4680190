// suite: what a kind's suite registers for each variant: enough to generate programs for it and to run them.
#pragma once
#include "core/contract/claims.hpp"
#include "stress/model/program.hpp"
#include "stress/model/scenario.hpp"

#include <deque>

namespace stealyard::model {

// What a generator may know of a variant: its claims, as far as they decide which programs apply to it.
struct variant_facts {
  arity who = arity::mpmc;
  bool batches = false;  // has try_steal_batch
  bool nested = false;   // a reclaim of which a participant may hold two guards
  unsigned most_capacity = 3;
};

struct model_entry {
  std::string kind;
  std::string name;  // "chase_lev"; "chase_lev+stale_array" for a twin with a seeded bug
  variant_facts facts;
  scenario* (*make)(const void* program);

  std::string label() const { return kind + "/" + name; }
  bool seeded() const { return name.find('+') != name.npos; }
};

std::deque<model_entry>& entries();
const model_entry* entry_labelled(std::string_view label);
std::string known_labels(std::string_view separator = ", ");
bool wild_match(std::string_view pattern, std::string_view text);  // * and ? are wild

template <class Scenario>
scenario* make_scenario(const void* p) {
  return new Scenario(*static_cast<const program*>(p));
}

template <class Scenario>
void add_entry(const char* kind, std::string name, variant_facts facts) {
  entries().push_back({kind, std::move(name), facts, &make_scenario<Scenario>});
}

}  // namespace stealyard::model
