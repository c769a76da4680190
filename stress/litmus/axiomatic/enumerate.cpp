// Writes down every candidate execution: first every reads-from map, then every modification order of each location.
#include "stress/litmus/axiomatic/axioms.hpp"

#include <algorithm>
#include <string>

namespace stealyard::litmus::axiomatic {

namespace {

bool may_read(const instruction& i) { return has_register(i.what); }
bool may_write(const instruction& i) { return i.what == action::store || i.what == action::plain_store || is_rmw(i.what); }
bool acquires(std::memory_order o) {
  return o == std::memory_order::acquire || o == std::memory_order::acq_rel || o == std::memory_order::seq_cst;
}
bool releases(std::memory_order o) {
  return o == std::memory_order::release || o == std::memory_order::acq_rel || o == std::memory_order::seq_cst;
}

// An instruction of the program, counted through all threads.
struct placed {
  instruction what;
  unsigned thread = 0;
};

struct value {
  bool known = false;
  std::int8_t is = 0;
};

class enumeration {
  const program& program_;
  const model& model_;
  effort effort_;
  verdict verdict_;

  std::vector<placed> code_;
  std::vector<unsigned> reads_;            // instructions that read, in program order
  static constexpr unsigned initial = 99;  // reads the initial value
  std::vector<unsigned> source_;           // of each instruction that reads: the instruction it reads from, or `initial`
  relation before_;                        // sb | rf over instructions, transitive, as far as chosen

  // What the chosen reads-from map says.
  std::vector<value> read_, written_;
  std::vector<char> failed_;  // a compare_exchange that did not write

 public:
  enumeration(const program& p, const model& m) : program_(p), model_(m) {
    unsigned events = p.locations;
    for (unsigned t = 0; t != p.threads.size(); ++t) {
      for (const instruction& i : p.threads[t]) {
        code_.push_back({i, t});
        events += is_rmw(i.what) ? 2 : 1;
      }
    }
    if (events > most_events) {
      throw too_large("a litmus program of " + std::to_string(events) + " events; at most " + std::to_string(most_events) +
                      " are accepted (a read-modify-write is two, each location's initial value one)");
    }
    source_.resize(code_.size(), initial);
    for (unsigned i = 0; i != code_.size(); ++i) {
      if (may_read(code_[i].what)) reads_.push_back(i);
      for (unsigned j = i + 1; j != code_.size() && code_[j].thread == code_[i].thread; ++j) before_.add(i, j);
    }
  }

  verdict run(effort* spent) {
    choose_source(0);
    if (spent != nullptr) *spent = effort_;
    if (verdict_.races) verdict_.outcomes.clear();
    return std::move(verdict_);
  }

 private:
  void choose_source(unsigned n) {
    if (n == reads_.size()) return judge_reads();
    const unsigned reader = reads_[n];
    source_[reader] = initial;
    if (!shares_source(n)) choose_source(n + 1);
    for (unsigned w = 0; w != code_.size(); ++w) {
      if (w == reader || !may_write(code_[w].what) || code_[w].what.location != code_[reader].what.location) continue;
      if (model_.keeps(axiom::no_thin_air) && before_.has(reader, w)) continue;
      source_[reader] = w;
      if (shares_source(n)) continue;
      const relation saved = before_;
      before_.add(w, reader);
      before_ = before_.closure();
      choose_source(n + 1);
      before_ = saved;
    }
  }

  // Two read-modify-writes that surely write cannot read from the same write: one would come between the other's halves.
  bool shares_source(unsigned n) const {
    const auto surely = [&](unsigned i) { return is_rmw(code_[i].what.what) && code_[i].what.what != action::compare_exchange; };
    const unsigned last = reads_[n];
    if (!model_.keeps(axiom::atomicity) || !surely(last)) return false;
    for (unsigned k = 0; k != n; ++k) {
      const unsigned other = reads_[k];
      if (surely(other) && source_[other] == source_[last] && code_[other].what.location == code_[last].what.location) return true;
    }
    return false;
  }

  // The values that follow from the sources. False: some instruction reads from one that does not write, or values feed on themselves.
  bool find_values() {
    read_.assign(code_.size(), {});
    written_.assign(code_.size(), {});
    failed_.assign(code_.size(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (unsigned i = 0; i != code_.size(); ++i) {
        const instruction& c = code_[i].what;
        if (may_read(c) && !read_[i].known) {
          read_[i] = source_[i] == initial ? value{true, 0} : written_[source_[i]];
          changed |= read_[i].known;
        }
        if (may_write(c) && !written_[i].known && failed_[i] == 0) changed |= write(i, c);
      }
    }
    return std::all_of(reads_.begin(), reads_.end(), [&](unsigned r) { return read_[r].known; });
  }
  bool write(unsigned i, const instruction& c) {
    if (c.what == action::fetch_add) {
      if (!read_[i].known) return false;
      written_[i] = {true, static_cast<std::int8_t>(read_[i].is + c.value)};
    } else if (c.what == action::compare_exchange) {
      if (!read_[i].known) return false;
      if (read_[i].is != c.expected) {
        failed_[i] = 1;
        return true;
      }
      written_[i] = {true, c.value};
    } else {
      written_[i] = {true, c.value};
    }
    return true;
  }

  void judge_reads() {
    if (!find_values()) return;
    execution x = build();
    const happens_before h = order_of(x, model_);
    if (model_.keeps(axiom::coherence) && !h.hb.irreflexive()) return;
    choose_modification_order(x, h, 0);
  }

  execution build() const {
    execution x;
    x.at.resize(program_.locations, 0);
    std::vector<unsigned> reader(code_.size(), 0), writer(code_.size(), 0);  // events of an instruction
    const auto add = [&](event e, bool is_atomic) {
      const auto id = static_cast<unsigned>(x.events.size());
      x.events.push_back(e);
      if (e.location != event::none) x.at[e.location] |= event_set{1} << id;
      if (is_atomic) x.atomic |= event_set{1} << id;
      return id;
    };
    for (std::uint8_t l = 0; l != program_.locations; ++l) x.writes |= event_set{1} << add({event::none, l, 0}, true);
    x.initial = x.writes;
    for (unsigned i = 0; i != code_.size(); ++i) {
      const instruction& c = code_[i].what;
      const std::memory_order order = failed_[i] != 0 ? c.failure : c.order;
      const auto number = static_cast<std::uint8_t>(i);
      event_set mine = 0;
      if (c.what == action::fence) {
        mine = event_set{1} << add({number, event::none, 0}, true);
        x.fences |= mine;
        if (acquires(order)) x.acquire |= mine;
        if (releases(order)) x.release |= mine;
      }
      if (may_read(c)) {
        reader[i] = add({number, c.location, read_[i].is}, !is_plain(c.what));
        mine |= event_set{1} << reader[i];
        x.reads |= event_set{1} << reader[i];
        if (!is_plain(c.what) && acquires(order)) x.acquire |= event_set{1} << reader[i];
      }
      if (may_write(c) && failed_[i] == 0) {
        writer[i] = add({number, c.location, written_[i].is}, !is_plain(c.what));
        mine |= event_set{1} << writer[i];
        x.writes |= event_set{1} << writer[i];
        if (!is_plain(c.what) && releases(order)) x.release |= event_set{1} << writer[i];
        if (is_rmw(c.what)) x.rmw.add(reader[i], writer[i]);
      }
      if (order == std::memory_order::seq_cst && !is_plain(c.what)) x.seq_cst |= mine;
    }
    for (unsigned a = 0; a != x.events.size(); ++a) {
      for (unsigned b = 0; b != x.events.size(); ++b) {
        const bool first = x.events[a].instruction == event::none, second = x.events[b].instruction == event::none;
        if (first && !second) x.sb.add(a, b);
        if (!first && !second && a < b && code_[x.events[a].instruction].thread == code_[x.events[b].instruction].thread) x.sb.add(a, b);
        if (x.events[a].location != event::none && x.events[a].location == x.events[b].location) x.same_location.add(a, b);
      }
    }
    for (const unsigned r : reads_) {
      x.rf.add(source_[r] == initial ? code_[r].what.location : writer[source_[r]], reader[r]);
    }
    return x;
  }

  // Every modification order of one location, then of those that follow. It begins with what happens-before settles: with coherence no
  // order contradicts that, and most reads-from maps fall here.
  void choose_modification_order(execution& x, const happens_before& h, unsigned location) {
    if (location == program_.locations) return judge(x, h);
    const relation others = x.mo;
    const event_set all = x.writes & x.at[location];
    if (model_.keeps(axiom::coherence)) x.mo = x.mo | h.hb.between(all, all);
    if (coherent_at(x, h, model_, location)) {
      x.mo = others;
      place_next_write(x, h, location, location, all & ~x.initial);  // the initial write is the event of the location's number
    }
    x.mo = others;
  }

  void place_next_write(execution& x, const happens_before& h, unsigned location, unsigned last, event_set left) {
    if (left == 0) {
      if (coherent_at(x, h, model_, location)) choose_modification_order(x, h, location + 1);
      return;
    }
    const relation before = x.mo;
    const relation earlier = h.hb.inverse();
    for (unsigned next = 0; next != x.events.size(); ++next) {
      if ((left >> next & 1) == 0) continue;
      if (model_.keeps(axiom::coherence) && (earlier.after(next) & left) != 0) continue;
      if (model_.keeps(axiom::atomicity) && !next_to_its_read(x, last, next, left)) continue;
      const event_set placed = x.writes & x.at[location] & ~left;
      for (unsigned e = 0; e != x.events.size(); ++e) {
        if ((placed >> e & 1) != 0) x.mo.add(e, next);
      }
      place_next_write(x, h, location, next, left & ~(event_set{1} << next));
      x.mo = before;
    }
  }

  // The write of a read-modify-write comes right after what its read saw; so nothing else does.
  static bool next_to_its_read(const execution& x, unsigned last, unsigned next, event_set left) {
    const auto continues = [&](unsigned write) { return x.rf.then(x.rmw).has(last, write); };
    const bool is_rmw_write = !x.rmw.inverse().between(event_set{1} << next, x.reads).empty();
    if (is_rmw_write) return continues(next);
    return (x.rf.then(x.rmw).after(last) & left) == 0;
  }

  void judge(const execution& x, const happens_before& h) {
    ++effort_.candidates;
    if (!sequentially_consistent(x, h, model_)) return;
    ++effort_.consistent;
    if (has_race(x, h)) verdict_.races = true;
    if (verdict_.races) return;
    outcome seen;
    for (const unsigned r : reads_) seen.push_back(read_[r].is);
    for (unsigned l = 0; l != program_.locations; ++l) {
      unsigned last = l;
      for (unsigned e = 0; e != x.events.size(); ++e) {
        if (x.mo.has(last, e)) last = e;
      }
      seen.push_back(x.events[last].value);
    }
    verdict_.outcomes.insert(std::move(seen));
  }
};

}  // namespace

verdict decide(const program& p, const model& m, effort* spent) { return enumeration(p, m).run(spent); }

}  // namespace stealyard::litmus::axiomatic
