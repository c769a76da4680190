// axioms: the judgement of one candidate execution, in two parts, since most of it does not need the whole modification order.
#pragma once
#include "stress/litmus/axiomatic/execution.hpp"
#include "stress/litmus/axiomatic/model.hpp"

namespace stealyard::litmus::axiomatic {

// What follows from reads-from alone. Both do in C++20: synchronisation never asks for the modification order.
struct happens_before {
  relation sw;  // synchronises-with
  relation hb;  // happens-before, transitive
};
happens_before order_of(const execution& x, const model& m);

// Coherence and atomicity at one location, as far as its modification order is known: what this forbids, no completion allows.
bool coherent_at(const execution& x, const happens_before& h, const model& m, unsigned location);
// The order of seq_cst operations exists. Every modification order is complete.
bool sequentially_consistent(const execution& x, const happens_before& h, const model& m);
// Two accesses of one location, one of them a write and one plain, that nothing orders.
bool has_race(const execution& x, const happens_before& h);

}  // namespace stealyard::litmus::axiomatic
