// hazard_pointers: a reader publishes the pointer it is about to use; who wants to free looks at what is published.
// Source:     Michael, "Hazard Pointers", IEEE TPDS 15(6), 2004; the orders, and the count of participants, are ours.
// Progress:   retire wait-free (a look at each participant's slots, every so often; the allocator aside); protect lock-free: it reads again
//             only if the source was changed meanwhile.
// Deviates:   slots stand by participant, not in a list that grows; fences where the paper has sequential consistency.
// Invariants: I1 a record's slots are written by its participant only, and `taken`, `counted` and `retired` touched by it alone.
//             I2 participants_ only grows, and is above whoever ever held a guard or retired. I3 what is in `retired` is unlinked.
//             The protocol, a reader against who frees:
//               1 publish the pointer (H4)                      1 unlink the node (the user's)
//               2 fence (H5)                                    2 fence (H8)
//               3 is it still there (H6)?                       3 who is there (H9), and what do they hold (H10)?
//             Either the reader's 3 sees the unlinking, or the other's 3 sees the pointer, and that its owner counts (H2): the fences
//             are in one order, and what stands before the first is seen after the second.
// Orders
//   H1  load  participants_ relaxed  -        a guess, which H2 checks
//   H2  cas   participants_ relaxed / relaxed  -  who looks after H8 sees it, or I see, after H5, what he unlinked
//   H3  load  from          relaxed  -        a guess, which H6 checks: nothing is read through it before
//   H4  store slot          release  with H10  publishes it; what was read under the pointer published before is done. Seen by the fences
//   H5  fence seq_cst                with H8   the pointer is published before the second look
//   H6  load  from          acquire  with the user's store  still linked, after H5: from here on it is protected; its contents are there
//   H7  store slot          release  with H10  the guard ends: what was read under it is done
//   H8  fence seq_cst                with H5   what is retired was unlinked before this look at the slots
//   H9  load  participants_ relaxed  -        after H8: with everybody who could protect what was unlinked before it
//   H10 load  slot          acquire  with H4, H7  not there (any more): whoever had it has finished reading
//   H11 load  participants_ relaxed  -        when to look; at least oneself
//   H12 load  participants_ relaxed  -        destruction is nobody else's
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/reclaim.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace stealyard::reclaim {

template <class W>
class hazard_pointers {
  struct record;

 public:
  static constexpr reclaim_claims claims{
      .frees = true,
      .bounded = true,
      .bound_to_thread = true,
      .guards = 2,
      .protect = progress::lock_free,
      .retire = progress::wait_free,
  };

  hazard_pointers() = default;
  ~hazard_pointers() {
    // Deleting a node may retire another, here or with a participant already passed.
    for (bool more = true; more;) {
      more = false;
      const unsigned all = participants_.load(relaxed);  // H12
      for (unsigned i = 0; i != all; ++i) {
        std::vector<garbage> rest;
        rest.swap(records_.of(i).retired);
        for (const garbage& g : rest) g.destroy(g.node);
        more |= !rest.empty();
      }
    }
  }

  class guard {
    record& mine_;
    unsigned number_ = 0;

   public:
    explicit guard(hazard_pointers& of) noexcept : mine_(of.mine()) {
      while (number_ != guards_each && mine_.taken[number_]) ++number_;
      STEALYARD_ASSERT(number_ != guards_each, "hazard_pointers: a participant holds more guards at once than are claimed");
      mine_.taken[number_] = true;
    }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() {
      mine_.slots[number_].store(nullptr, release);  // H7
      mine_.taken[number_] = false;
    }

    template <class T>
    T* protect(atomic<W, T*>& from) noexcept {
      T* wanted = from.load(relaxed);  // H3
      for (;;) {
        mine_.slots[number_].store(wanted, release);  // H4
        W::fence(seq_cst);  // H5
        T* const still = from.load(acquire);  // H6
        if (still == wanted) return wanted;
        wanted = still;
      }
    }
  };

  template <class T>
  void retire(T* unlinked) {
    record& r = mine();
    r.retired.push_back({unlinked, [](const void* node) { delete static_cast<const T*>(node); }});
    // Twice what can be protected: each look frees half of what it looks at, or more.
    if (r.retired.size() >= std::size_t{2} * guards_each * participants_.load(relaxed)) clear(r);  // H11
  }

  void quiescent() noexcept {
    record& r = mine();
    if (!r.retired.empty()) clear(r);
  }

 private:
  static constexpr unsigned guards_each = claims.guards;
  struct garbage {
    const void* node;
    void (*destroy)(const void*);
  };
  struct record {
    atomic<W, const void*> slots[guards_each];
    bool taken[guards_each] = {};
    bool counted = false;
    bool clearing = false;
    std::vector<garbage> retired;
    std::vector<const void*> held;  // of a look at everybody's slots
  };

  record& mine() noexcept {
    record& r = records_.mine();
    if (!r.counted) [[unlikely]]
      count(r);
    return r;
  }

  void count(record& r) noexcept {
    const unsigned with_me = W::self() + 1;
    unsigned seen = participants_.load(relaxed);  // H1
    while (seen < with_me) {
      if (participants_.compare_exchange_strong(seen, with_me, relaxed, relaxed)) break;  // H2
    }
    r.counted = true;
  }

  // Deleting a node may retire others: they wait in the record, not on the stack, until this comes to them.
  void clear(record& r) {
    if (r.clearing) return;
    while (free_what_nobody_holds(r)) {
    }
  }
  // True: some were retired meanwhile.
  bool free_what_nobody_holds(record& r) {
    r.held.clear();
    W::fence(seq_cst);  // H8
    const unsigned participants = participants_.load(relaxed);  // H9
    for (unsigned i = 0; i != participants; ++i) {
      for (const auto& slot : records_.of(i).slots) {
        const void* const node = slot.load(acquire);  // H10
        if (node != nullptr) r.held.push_back(node);
      }
    }
    std::sort(r.held.begin(), r.held.end());
    const auto is_held = [&](const garbage& g) { return std::binary_search(r.held.begin(), r.held.end(), g.node); };
    const auto kept = std::partition(r.retired.begin(), r.retired.end(), is_held) - r.retired.begin();
    const auto looked_at = std::ssize(r.retired);
    r.clearing = true;
    for (auto i = kept; i != looked_at; ++i) {
      const garbage g = r.retired[static_cast<std::size_t>(i)];  // a copy: the vector may grow meanwhile
      g.destroy(g.node);
    }
    r.clearing = false;
    const bool more = std::ssize(r.retired) != looked_at;
    r.retired.erase(r.retired.begin() + kept, r.retired.begin() + looked_at);
    return more;
  }

  per_participant<W, record> records_;
  atomic<W, unsigned> participants_{0};
};

}  // namespace stealyard::reclaim
