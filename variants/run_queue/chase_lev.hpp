// chase_lev: a growable work-stealing deque; the owner pushes and pops at the bottom, thieves take the top.
// Source:     Chase and Lev, SPAA 2005; orders after Lê, Pop, Cohen, Zappa Nardelli, PPoPP 2013, figure 1.
// Progress:   push and pop wait-free (push amortised over growth, which copies); steal lock-free.
// Deviates:   seq_cst accesses in place of the two seq_cst fences: one locked instruction in pop with every compiler, none in
//             an empty steal. push publishes by a release store of bottom_ (O6), not a release fence and a relaxed store:
//             only a thief that read bottom_ goes on to the slot, so the one store carries all the fence would. A pop that
//             sees one item takes it at the top, as a thief would, and leaves bottom_ alone: one locked instruction, not two.
//             A pop that sees none touches nothing. Growth publishes with release (the paper's relaxed store loses items).
// Invariants: I1 top_ never decreases; only a successful compare-exchange moves it. I2 bottom_, array_, arrays_ and top_seen_
//             are written by the owner only. I3 items are at top_ .. bottom_ - 1; bottom_ - top_ is -1 only inside pop.
//             I4 a slot is overwritten only after top_ passed its index. I5 an array that was published lives as long as the
//             deque and is never written after the next one was published. I6 top_seen_ <= top_.
//             Why pop needs no compare-exchange when it sees more: it stored bottom_ = i (O12) before it read top_ < i (O13). A
//             thief of i read top_ = i (O16) after the exchange that made it so, hence after O13 in the order of seq_cst
//             operations, hence its O17 reads O12's value or a later one: nothing at i, or a newer item at i.
// Orders
//   O1  load  bottom_ relaxed  -                the owner's own last store
//   O2  load  top_    acquire  with O11, O14, O20  a thief's read of a slot comes before the owner's store over it (I4). No instrument
//                                               kills it relaxed: that takes a store that happens before the load it follows
//   O3  load  array_  relaxed  -                the owner's own last store
//   O4  load  array_  relaxed  -                as O3, read again: growth has replaced it
//   O5  store slot    relaxed  -                published by O6; a thief that reads it too early or too late loses its O20
//   O6  store bottom_ release  with O17         publishes the slot (O5), the array and what the owner wrote before the push
//   O7  load  bottom_ relaxed  -                the owner's own last store
//   O8  load  top_    relaxed  -                a lower bound: at or above bottom_ it proves the deque empty, one below it is
//                                               only a guess that O11 checks
//   O9  load  array_  relaxed  -                the owner's own last store
//   O10 load  slot    relaxed  -                only the owner writes slots
//   O11 cas   top_    seq_cst / relaxed  with O13, O16, O2  takes the only item; every write of top_ is a seq_cst operation
//   O12 store bottom_ seq_cst  with O17         claims the newest item before the look at top_ (O13); releases as O6 does
//   O13 load  top_    seq_cst  with O11, O14, O20  no thief that saw the item's index below bottom_ stays unseen here
//   O14 cas   top_    seq_cst / relaxed  with O13, O16, O2  as O11, after the claim
//   O15 store bottom_ relaxed  -                takes the claim back; who reads it finds top_ there too and takes nothing
//   O16 load  top_    seq_cst  with O11, O14, O20  before O17 in the order of seq_cst operations
//   O17 load  bottom_ seq_cst  with O6, O12     sees every claim that preceded the exchange read by O16; acquires the slot
//   O18 load  array_  acquire  with O23         it may be newer than the push that O17 saw: acquires the copied slots
//   O19 load  slot    relaxed  -                O17 or O18 acquired it; a slot overwritten meanwhile fails O20
//   O20 cas   top_    seq_cst / relaxed  with O13, O16, O2  takes the oldest item; fails if anyone took it first
//   O21 load  slot    relaxed  -                growth: only the owner writes slots
//   O22 store slot    relaxed  -                growth: published by O23
//   O23 store array_  release  with O18         publishes the array and its copied slots
//   O24 load  top_    relaxed  -                a hint; for the owner a lower bound, as O8
//   O25 load  bottom_ relaxed  -                a hint; for the owner exact
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/run_queue.hpp"

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

namespace stealyard::run_queue {

template <class W, class T>
class chase_lev {
 public:
  static constexpr run_queue_claims claims{
      .owner_order = item_order::lifo,
      .steal_order = item_order::fifo,
      .bounded = false,
      .pop_may_lose = false,
      .steal_may_lose = true,
      .spurious_empty_steal = false,
      .push = progress::wait_free,
      .pop = progress::wait_free,
      .steal = progress::lock_free,
  };

  explicit chase_lev(std::size_t initial_capacity) : array_(&add_array(std::bit_ceil(initial_capacity))) {
    STEALYARD_ASSERT(initial_capacity >= 1 && initial_capacity <= std::size_t{1} << 30, "chase_lev: a capacity in 1 .. 2^30");
  }

  STEALYARD_FORCE_INLINE outcome try_push(T item) noexcept {
    const std::int64_t bottom = bottom_.load(relaxed);  // O1
    array* slots = array_.load(relaxed);                // O3
    if (bottom - top_seen_ > slots->mask) [[unlikely]] {
      make_room(bottom);
      slots = array_.load(relaxed);  // O4
    }
    slots->at(bottom).store(item, relaxed);  // O5
    bottom_.store(bottom + 1, release);      // O6
    return outcome::ok;
  }

  STEALYARD_FORCE_INLINE outcome try_pop(T& into) noexcept {
    const std::int64_t newest = bottom_.load(relaxed) - 1;  // O7
    std::int64_t top = top_.load(relaxed);                  // O8
    if (top > newest) return outcome::empty;
    array* const slots = array_.load(relaxed);          // O9
    const T item = slots->at(newest).load(relaxed);     // O10
    if (top == newest) {
      if (!top_.compare_exchange_strong(top, newest + 1, seq_cst, relaxed)) return outcome::empty;  // O11
      into = item;
      return outcome::ok;
    }
    bottom_.store(newest, seq_cst);  // O12
    top = top_.load(seq_cst);        // O13
    if (top < newest) [[likely]] {
      into = item;
      return outcome::ok;
    }
    return pop_contended(top, newest, item, into);
  }

  STEALYARD_FORCE_INLINE outcome try_steal(T& into) noexcept {
    std::int64_t top = top_.load(seq_cst);              // O16
    const std::int64_t bottom = bottom_.load(seq_cst);  // O17
    if (top >= bottom) return outcome::empty;
    array* const slots = array_.load(acquire);          // O18
    const T item = slots->at(top).load(relaxed);        // O19
    if (!top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed)) return outcome::lost;  // O20
    into = item;
    return outcome::ok;
  }

  STEALYARD_FORCE_INLINE bool probably_empty() const noexcept {
    const std::int64_t top = top_.load(relaxed);  // O24
    return top >= bottom_.load(relaxed);          // O25
  }

 private:
  struct array {
    const std::int64_t mask;  // capacity - 1, the capacity a power of two
    const std::unique_ptr<atomic<W, T>[]> slots;

    explicit array(std::size_t capacity)
        : mask(static_cast<std::int64_t>(capacity) - 1), slots(std::make_unique<atomic<W, T>[]>(capacity)) {}
    STEALYARD_FORCE_INLINE atomic<W, T>& at(std::int64_t index) noexcept { return slots[static_cast<std::size_t>(index & mask)]; }
  };

  // Thieves took all but the newest item since O8. The claim made by O12 is taken back either way.
  [[gnu::noinline]] outcome pop_contended(std::int64_t top, std::int64_t newest, T item, T& into) noexcept {
    const bool won = top == newest && top_.compare_exchange_strong(top, newest + 1, seq_cst, relaxed);  // O14
    bottom_.store(newest + 1, relaxed);                                                                 // O15
    if (!won) return outcome::empty;
    into = item;
    return outcome::ok;
  }

  // By the owner, when the array looks full: thieves may have made room, else the array doubles.
  [[gnu::noinline, gnu::cold]] void make_room(std::int64_t bottom) noexcept {
    top_seen_ = top_.load(acquire);  // O2
    array& old = *arrays_.back();
    if (bottom - top_seen_ <= old.mask) return;
    array& larger = add_array(2 * (static_cast<std::size_t>(old.mask) + 1));
    for (std::int64_t i = top_seen_; i != bottom; ++i) {
      const T item = old.at(i).load(relaxed);  // O21
      larger.at(i).store(item, relaxed);       // O22
    }
    array_.store(&larger, release);  // O23
  }

  array& add_array(std::size_t capacity) { return *arrays_.emplace_back(std::make_unique<array>(capacity)); }

  // The owner's line, which thieves read; then theirs.
  alignas(line_size) std::vector<std::unique_ptr<array>> arrays_;
  atomic<W, array*> array_;
  atomic<W, std::int64_t> bottom_{0};
  std::int64_t top_seen_ = 0;  // spares push a look at the thieves' line
  alignas(line_size) atomic<W, std::int64_t> top_{0};
};

}  // namespace stealyard::run_queue
