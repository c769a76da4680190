// Programs on a reclaim: one place where a node stands, read under guards and replaced. Checks RC1 to RC3, RC5 and RC6 of
// core/contract/reclaim.hpp: RC1 by the race detector and the heap on what a node holds, RC2 by counting deaths (and the heap), RC5 by
// linearizability of the place, RC3 and RC6 when all threads have ended, once with a guard and once without.
//
//   r read under a guard   a again under the same   n under another beside it   p put another and retire it   q quiescent
// A guard lives until its thread's next letter that is neither a nor n.
#pragma once
#include "core/contract/reclaim.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

#include <optional>

namespace stealyard::model::reclaim_suite {

inline constexpr unsigned most_nodes = 16;

// The place is one word: it holds what was put there last.
struct sequential {
  std::uint8_t holds = 0;
  bool step(const operation& op) noexcept {
    if (op.letter != 'p') return op.value == holds;
    holds = op.value;
    return true;
  }
  std::uint64_t key() const noexcept { return holds; }
};

template <class Reclaim>
class run final : public scenario {
  struct node {
    run& of;
    checked::plain<std::uint8_t> id;
    node(run& r, std::uint8_t i) : of(r) { id.put(i); }
    ~node() {
      const std::uint8_t mine = id.take();
      require(of.deaths_[mine]++ == 0, "RC2: freed twice");
    }
  };
  using guard = typename Reclaim::guard;

  const program& program_;
  std::optional<Reclaim> reclaim_{std::in_place};
  history history_;
  unsigned made_ = 0, retired_ = 0, deaths_[most_nodes] = {};
  checked::atomic<node*> place_{new node(*this, new_id())};

  std::uint8_t new_id() noexcept { return static_cast<std::uint8_t>(made_++); }
  unsigned dead() const noexcept {
    unsigned n = 0;
    for (const unsigned d : deaths_) n += d;
    return n;
  }

  const node* read(guard& g) {
    operation op = history::begin('r', "protect");
    const node* const n = g.protect(place_);
    require(n != nullptr, "RC5: protect gave nothing where there always is something");
    op.value = n->id.peek();
    history_.end(op);
    require(deaths_[op.value] == 0, "RC1: what a guard protects was freed");
    return n;
  }
  void replace() {
    const std::uint8_t id = new_id();
    node* const fresh = new node(*this, id);
    operation op = history::begin('p', "replace", id);
    node* const old = place_.exchange(fresh, acq_rel);
    history_.end(op);
    ++retired_;
    reclaim_->retire(old);
  }
  void everybody_is_quiescent() {
    const unsigned me = checked::self();
    for (unsigned again = 0; again != 3; ++again) {
      for (unsigned i = 0; i != program_.threads.size(); ++i) {
        checked::set_self(i);
        reclaim_->quiescent();
      }
      checked::set_self(me);
      reclaim_->quiescent();
    }
  }

 public:
  explicit run(const program& p) : program_(p) {}
  ~run() override { delete place_.load(relaxed); }
  void thread(unsigned index) override {
    std::optional<guard> guards[2];
    const node* held = nullptr;
    for (char letter : program_.threads[index]) {
      if (letter == 'n') {
        read(guards[1].emplace(*reclaim_));
        held->id.peek();  // the second guard took nothing from the first
        continue;
      }
      if (letter == 'a') {
        held = read(*guards[0]);
        continue;
      }
      for (auto& g : guards) g.reset();
      if (letter == 'r') held = read(guards[0].emplace(*reclaim_));
      if (letter == 'p') replace();
      if (letter == 'q') reclaim_->quiescent();
    }
  }
  void after() override {
    constexpr const reclaim_claims& claims = Reclaim::claims;
    require(linearizable(history_, sequential{}), "RC5: no order of reads and replacements gives what was read");
    everybody_is_quiescent();
    require(!claims.frees || dead() == retired_, "RC3: nobody holds a guard, everybody was quiescent, and something is not freed");
    {
      guard g(*reclaim_);
      const node* const held = g.protect(place_);
      replace();
      replace();
      reclaim_->quiescent();
      require(deaths_[held->id.peek()] == 0, "RC1: what a guard protects was freed");
      require(!claims.bounded || dead() + 1 == retired_, "RC6: a guard keeps back more than it protects");
    }
    everybody_is_quiescent();
    require(!claims.frees || dead() == retired_, "RC3: the guard has ended, everybody was quiescent, and something is not freed");
    replace();
    reclaim_.reset();
    require(dead() == retired_, "RC2: the destructor left something unfreed");
  }
};

template <template <class> class R>
void add(const char* name) {
  using reclaim = R<checked>;
  static_assert(contract::reclaim<reclaim, checked, int>);
  add_entry<run<reclaim>>("reclaim", name, {.nested = reclaim::claims.guards >= 2});
}

}  // namespace stealyard::model::reclaim_suite
