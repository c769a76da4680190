// model: which executions of a litmus program C++20 allows, decided from axioms over whole executions.
//
// Nothing here runs anything: every candidate execution (what each load read, in which order the writes to each location fell) is
// written down and judged. Source of the axioms: RC11, of Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing sequential consistency
// in C/C++11", PLDI 2017, figure 1 and section 3; for C++20 the release sequences of P0982R1 and the seq_cst of P0668R5, as they stand
// in [intro.races] and [atomics.order].
// No code is shared with the explorer but the data format, litmus/program.hpp.
#pragma once
#include "stress/litmus/program.hpp"

#include <cstddef>
#include <stdexcept>

namespace stealyard::litmus::axiomatic {

// What an execution must satisfy. Each can be left out, to see what it forbids; no_thin_air is the one that people do leave out.
enum class axiom : unsigned char {
  coherence,           // hb ; eco? irreflexive
  atomicity,           // nothing comes between the read and the write of a read-modify-write
  seq_cst_accesses,    // the total order of seq_cst operations agrees with coherence and with (strong) happens-before
  seq_cst_fences,      // … and fences take part in it
  no_thin_air,         // sb | rf acyclic: no load reads from a store that depends on, or merely follows, it (no load buffering)
  synchronisation,     // release and acquire order anything at all
  fence_synchronisation,  // … by fences too
  release_sequences,   // a read-modify-write continues what a release store began
};
inline constexpr unsigned axioms = 8;
const char* to_string(axiom a) noexcept;

// They differ where a seq_cst load reads a weaker store that another seq_cst load missed (IRIW with relaxed writers): the standard's
// coherence-ordered before is transitive, the paper's scb is not. C++20 then forbids more; the other way round was never seen.
enum class seq_cst_rule : unsigned char {
  cpp20,  // [atomics.order] p4: strongly happens-before, coherence-ordered before
  rc11,   // the paper's psc
};
enum class release_sequence_rule : unsigned char {
  cpp20,  // read-modify-writes only
  cpp11,  // also later stores of the thread that began it
};

struct model {
  seq_cst_rule seq_cst = seq_cst_rule::cpp20;
  release_sequence_rule release_sequence = release_sequence_rule::cpp20;
  unsigned dropped = 0;  // bit i: axiom i is left out

  constexpr bool keeps(axiom a) const noexcept { return (dropped >> static_cast<unsigned>(a) & 1) == 0; }
  constexpr model without(axiom a) const noexcept {
    model m = *this;
    m.dropped |= 1u << static_cast<unsigned>(a);
    return m;
  }
};

// More events than the matrices hold.
struct too_large : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

struct effort {
  std::size_t candidates = 0;  // executions judged: reads-from maps with every modification order that is coherent
  std::size_t consistent = 0;
};

// Every outcome that `m` allows, or that some allowed execution has a data race. Exponential in the number of events: around eight
// instructions take well under a millisecond, sixteen read-modify-writes would take for ever. Throws too_large beyond 32 events (a
// read-modify-write is two, each location's initial value one).
// A candidate whose values feed on themselves (possible only without no_thin_air) is dropped: values never come from nowhere.
verdict decide(const program& p, const model& m = {}, effort* spent = nullptr);

}  // namespace stealyard::litmus::axiomatic
