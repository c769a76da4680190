#include "stress/explore/litmus.hpp"

#include "stress/explore/machine.hpp"

#include <algorithm>
#include <unordered_set>

namespace stealyard::explore {

namespace {

using litmus::action;

// What an execution was: the outcome, and a number for the whole of it (who read from whom, and every modification order).
struct observed {
  litmus::outcome values;
  std::uint64_t identity = 0;
  bool races = false;
};
observed seen_now;

void mix(std::uint64_t& into, std::uint64_t value) noexcept {
  into = (into ^ value) * 0x9e3779b97f4a7c15;
  into ^= into >> 29;
}

// A plain location: the epochs of its accesses, as the race detector of plain cells keeps them.
struct plain_place {
  clock reads, writes;
  std::int8_t value = 0;
};

class litmus_run final : public model::scenario {
  const litmus::program& program_;
  location_id first_ = 0;
  std::array<plain_place, 8> plains_{};
  std::array<std::array<std::int8_t, 16>, max_threads> registers_{};
  std::array<std::array<std::uint64_t, 16>, max_threads> sources_{};  // writer and its step, of each read
  std::array<unsigned, max_threads> count_{};

  static std::uint64_t number(std::int8_t v) noexcept { return static_cast<std::uint8_t>(v); }
  static std::int8_t small(std::uint64_t v) noexcept { return static_cast<std::int8_t>(static_cast<std::uint8_t>(v)); }
  // Which step of which thread wrote a message: the same in every order of independent steps.
  static std::uint64_t origin(message_id m) noexcept {
    const message& from = the_machine.cells[m];
    return from.writer * 64u + from.cause[from.writer];
  }
  void keep(unsigned t, std::int8_t value, std::uint64_t from) {
    registers_[t][count_[t]] = value;
    sources_[t][count_[t]++] = from;
  }
  bool races(unsigned t, const clock& with) const {
    for (unsigned u = 0; u != max_threads; ++u) {
      if (with[u] != 0 && !the_machine.cells.happened(static_cast<thread_id>(t), u, with[u])) return true;
    }
    return false;
  }
  void plain(unsigned t, const litmus::instruction& i) {
    plain_place& p = plains_[i.location];
    const bool writes = i.what == action::plain_store;
    if (races(t, p.writes) || (writes && races(t, p.reads))) {
      seen_now.races = true;
      the_machine.fail(ending::data_race, "a plain location", where::current());
    }
    (writes ? p.writes : p.reads)[t] = the_machine.cells.epoch(static_cast<thread_id>(t));
    if (writes) {
      p.value = i.value;
    } else {
      keep(t, p.value, 0);
    }
  }

 public:
  explicit litmus_run(const litmus::program& p) : program_(p) {
    first_ = the_machine.make(0, where::current());
    for (unsigned i = 1; i != p.locations; ++i) the_machine.make(0, where::current());
  }
  void thread(unsigned t) override {
    machine& m = the_machine;
    for (const litmus::instruction& i : program_.threads[t]) {
      const location_id at = first_ + i.location;
      const where here = where::current();
      switch (i.what) {
        case action::load: {
          const auto r = m.load(at, i.order, here);
          keep(t, small(r.value), origin(r.from));
          break;
        }
        case action::store:
          m.store(at, number(i.value), i.order, here);
          break;
        case action::exchange: {
          const auto r = m.update(at, [](std::uint64_t, std::uint64_t v) { return v; }, number(i.value), i.order, here);
          keep(t, small(r.value), origin(r.from));
          break;
        }
        case action::fetch_add: {
          const auto add = [](std::uint64_t old, std::uint64_t v) { return (old + v) & 255; };
          const auto r = m.update(at, add, number(i.value), i.order, here);
          keep(t, small(r.value), origin(r.from));
          break;
        }
        case action::compare_exchange: {
          const auto r = m.compare_exchange(at, {number(i.expected), number(i.value), i.order, i.failure, false}, here);
          keep(t, small(r.value), origin(r.from));
          break;
        }
        case action::fence:
          m.fence(i.order);
          break;
        default:
          plain(t, i);
          break;
      }
    }
  }
  void after() override {
    const outside_the_model unseen;
    seen_now.values.clear();
    seen_now.identity = 0;
    for (unsigned t = 0; t != program_.threads.size(); ++t) {
      for (unsigned i = 0; i != count_[t]; ++i) {
        seen_now.values.push_back(registers_[t][i]);
        mix(seen_now.identity, sources_[t][i]);
      }
    }
    std::array<bool, 8> is_plain{};
    for (const auto& thread : program_.threads) {
      for (const auto& i : thread) is_plain[i.location] = is_plain[i.location] || litmus::is_plain(i.what);
    }
    for (unsigned l = 0; l != program_.locations; ++l) {
      for (message_id m : the_machine.cells.order_of(first_ + l)) mix(seen_now.identity, origin(m));
      seen_now.values.push_back(is_plain[l] ? plains_[l].value : small(the_machine.newest(first_ + l)));
    }
  }
};

model::scenario* make(const void* p) { return new litmus_run(*static_cast<const litmus::program*>(p)); }

}  // namespace

litmus::verdict decide(const litmus::program& p, bool reduced, std::size_t most, litmus_effort* spent) {
  machine& m = the_machine;
  const model::subject s{.threads = static_cast<unsigned>(p.threads.size()), .make = &make, .context = &p};
  litmus::verdict v;
  litmus_effort effort;
  std::unordered_set<std::uint64_t> identities;
  m.choices.clear();
  m.choices.reduced = reduced;
  do {
    if (effort.executions + effort.cut == most) {
      effort.complete = false;
      break;
    }
    seen_now.races = false;
    const ending how = m.run(s).how;
    if (how == ending::cut) {
      ++effort.cut;
      continue;
    }
    ++effort.executions;
    if (how == ending::data_race) {
      v.races = true;
      if (spent == nullptr) break;
      continue;
    }
    v.outcomes.insert(seen_now.values);
    if (spent != nullptr) identities.insert(seen_now.identity);
  } while (m.choices.next());
  m.choices.reduced = true;
  if (v.races) v.outcomes.clear();
  effort.distinct = identities.size();
  if (spent != nullptr) *spent = effort;
  return v;
}

}  // namespace stealyard::explore
