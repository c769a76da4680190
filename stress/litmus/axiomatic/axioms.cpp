#include "stress/litmus/axiomatic/axioms.hpp"

namespace stealyard::litmus::axiomatic {

const char* to_string(axiom a) noexcept {
  switch (a) {
    case axiom::coherence:
      return "coherence";
    case axiom::atomicity:
      return "atomicity";
    case axiom::seq_cst_accesses:
      return "seq_cst_accesses";
    case axiom::seq_cst_fences:
      return "seq_cst_fences";
    case axiom::no_thin_air:
      return "no_thin_air";
    case axiom::synchronisation:
      return "synchronisation";
    case axiom::fence_synchronisation:
      return "fence_synchronisation";
    case axiom::release_sequences:
      return "release_sequences";
  }
  return "?";
}

namespace {

relation at_location(const relation& r, event_set where) { return r.between(where, where); }

// rs: from a write to itself and to every write that continues its release sequence.
relation release_sequence(const execution& x, const model& m) {
  const relation heads = relation::identity(x.writes & x.atomic);
  relation begun = heads;
  if (m.release_sequence == release_sequence_rule::cpp11) {
    begun = begun | (x.sb & x.same_location).between(x.writes & x.atomic, x.writes & x.atomic);
  }
  if (!m.keeps(axiom::release_sequences)) return begun;
  return begun.then(x.rf.then(x.rmw).closure().or_same());
}

// rb, "reads before": the read could not yet see the write.
relation reads_before(const relation& rf, const relation& mo) { return rf.inverse().then(mo) - relation::identity(~event_set{0}); }

// eco, extended coherence order; the standard calls it coherence-ordered before.
relation coherence_order(const relation& rf, const relation& mo) { return (rf | mo | reads_before(rf, mo)).closure(); }

// RC11, section 3: psc.
bool psc_acyclic(const execution& x, const happens_before& h, const model& m) {
  const relation& hb = h.hb;
  const relation eco = coherence_order(x.rf, x.mo);
  const event_set fences = m.keeps(axiom::seq_cst_fences) ? x.seq_cst & x.fences : 0;
  const event_set accesses = m.keeps(axiom::seq_cst_accesses) ? x.seq_cst & ~x.fences : 0;

  const relation elsewhere = x.sb - x.same_location;
  const relation scb = x.sb | elsewhere.then(hb).then(elsewhere) | (hb & x.same_location) | x.mo | reads_before(x.rf, x.mo);
  const relation fence = relation::identity(fences);
  const relation any = relation::identity(accesses | fences);
  const relation entry = any | fence.then(hb.or_same());
  const relation exit = any | hb.or_same().then(fence);
  const relation psc_base = entry.then(scb).then(exit);
  const relation psc_fence = (hb | hb.then(eco).then(hb)).between(fences, fences);
  return (psc_base | psc_fence).acyclic();
}

// The standard orders operations, and a read-modify-write is one of them: its write stands for both.
relation as_operations(const execution& x, const relation& r) {
  const relation write_of = x.rmw | relation::identity(~event_set{0});
  return write_of.inverse().then(r - x.rmw).then(write_of);
}

// [atomics.order] p4. A total order S exists iff what it must contain has no cycle.
bool s_exists(const execution& x, const happens_before& h, const model& m) {
  const relation& hb = h.hb;
  const relation eco = coherence_order(x.rf, x.mo);
  const event_set fences = m.keeps(axiom::seq_cst_fences) ? x.seq_cst & x.fences : 0;
  const event_set accesses = m.keeps(axiom::seq_cst_accesses) ? x.seq_cst & ~x.fences : 0;
  const event_set all = accesses | fences;

  // [intro.races]: strongly happens before. The sb at either end leads to another operation, not from the read of one to its write.
  const relation sb = as_operations(x, x.sb);
  const relation synchronised = as_operations(x, h.sw.between(x.seq_cst, x.seq_cst));
  const relation strongly = (sb | synchronised | sb.then(as_operations(x, hb)).then(sb)).closure();
  const relation required = strongly.between(all, all) | eco.between(accesses, accesses) | eco.then(hb).between(accesses, fences) |
                            hb.then(eco).between(fences, accesses) | hb.then(eco).then(hb).between(fences, fences);
  return as_operations(x, required).acyclic();
}

}  // namespace

happens_before order_of(const execution& x, const model& m) {
  happens_before h;
  h.hb = x.sb;
  if (m.keeps(axiom::synchronisation)) {
    // sw = [release] ; ([F] ; sb)? ; rs ; rf ; [atomic R] ; (sb ; [F])? ; [acquire]
    const bool fences = m.keeps(axiom::fence_synchronisation);
    const relation before = relation::identity(x.release & x.writes & x.atomic) |
                            (fences ? x.sb.between(x.release & x.fences, x.writes & x.atomic) : relation{});
    const relation after =
        relation::identity(x.acquire & x.reads & x.atomic) | (fences ? x.sb.between(x.reads & x.atomic, x.acquire & x.fences) : relation{});
    h.sw = before.then(release_sequence(x, m)).then(x.rf).then(after);
    h.hb = (x.sb | h.sw).closure();
  }
  return h;
}

bool coherent_at(const execution& x, const happens_before& h, const model& m, unsigned location) {
  const event_set here = x.at[location];
  const relation rf = at_location(x.rf, here);
  const relation mo = at_location(x.mo, here);
  if (m.keeps(axiom::coherence) && !at_location(h.hb, here).then(coherence_order(rf, mo).or_same()).irreflexive()) return false;
  if (m.keeps(axiom::atomicity) && !(at_location(x.rmw, here) & reads_before(rf, mo).then(mo)).empty()) return false;
  return true;
}

bool sequentially_consistent(const execution& x, const happens_before& h, const model& m) {
  if (!m.keeps(axiom::seq_cst_accesses) && !m.keeps(axiom::seq_cst_fences)) return true;
  return m.seq_cst == seq_cst_rule::rc11 ? psc_acyclic(x, h, m) : s_exists(x, h, m);
}

bool has_race(const execution& x, const happens_before& h) {
  const event_set accesses = (x.reads | x.writes) & ~x.initial;
  const event_set plain = accesses & ~x.atomic;
  const event_set writes = accesses & x.writes;
  const relation ordered = h.hb | h.hb.inverse() | relation::identity(~event_set{0});
  const relation unordered = x.same_location - ordered;
  return !unordered.between(writes, plain).empty() || !unordered.between(writes & plain, accesses).empty();
}

}  // namespace stealyard::litmus::axiomatic
