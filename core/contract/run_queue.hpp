// run_queue: where a worker keeps the tasks that are ready to run, and where others steal from it.
//   template <class W, class T> class name {            T: a pointer-sized trivially copyable handle
//    public:
//     static constexpr run_queue_claims claims{...};
//     explicit name(std::size_t initial_capacity);       1 <= initial_capacity <= 2^30; a hint for unbounded queues, exact for bounded ones
//     outcome try_push(T) noexcept;                       owner:  ok, full (bounded only)
//     outcome try_pop(T& into) noexcept;                  owner:  ok, empty, lost (if claimed)
//     outcome try_steal(T& into) noexcept;                anyone, the owner included: ok, empty, lost (if claimed)
//     bool probably_empty() const noexcept;               anyone: a hint, with the limits of RQ10
//   };
// Optional: outcome try_steal_batch(T* out, std::size_t room, std::size_t& taken) noexcept, 1 <= room: up to half of the victim's items,
//   rounded up, oldest first, at least one; the caller runs out[0] and pushes the rest to its own queue. Unless ok, both say nothing.
// `into` is written only on ok. A queue may be destroyed with items in it; it does not own what T points to. The owner is one participant
// at a time; construction, a change of owner and destruction are ordered with every call by whoever does them.
// Axioms (each is a conformance test, a property, and a check of every generated program)
//   RQ1  Nothing lost: an item pushed with ok is returned by exactly one later pop or steal, or is still inside.
//   RQ2  Nothing invented, nothing twice: each ok take returns an item pushed and not yet taken.
//   RQ3  Alone, the owner sees claims.owner_order: lifo pops the newest, fifo the oldest.
//   RQ4  Steals take the oldest, if claims.steal_order is fifo.
//   RQ5  Linearizable against the sequential deque of owner_order and steal_order, empty and full included; `lost` may always be refused.
//        Indices that each side merely acquires can say full and empty of one queue (store buffering): seq_cst, or claim the spurious one.
//   RQ6  empty only when it was empty at some moment within the call, unless spurious_empty is claimed for that operation.
//   RQ7  full only when bounded and holding `capacity` items at some moment within the call; ok never beyond them.
//   RQ8  What the owner wrote before try_push is visible to whoever takes the item (release/acquire through the item).
//   RQ9  lost only if another operation overlapped, and only where claimed.
//   RQ10 probably_empty() by the owner: true implies that a pop now would not return ok. By anyone, after a seq_cst fence that follows the
//        fence of a pusher: it knows of that push (the last worker awake goes to sleep by it).
//   RQ11 Indices wrap and storage grows without breaking RQ1 to RQ10, from an initial capacity of 1.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <type_traits>

namespace stealyard {

struct run_queue_claims {
  item_order owner_order = item_order::lifo;
  item_order steal_order = item_order::fifo;
  bool bounded = false;  // try_push may return full; capacity is the constructor's argument
  bool pop_may_lose = false;  // try_pop may return lost
  bool steal_may_lose = true;  // try_steal may return lost
  bool spurious_empty_steal = false;  // try_steal may return empty though items were there
  progress push = progress::lock_free;
  progress pop = progress::lock_free;
  progress steal = progress::lock_free;
};

template <class Q, class T>
concept run_queue_owner = requires(Q& q, T item) {
  { q.try_push(item) } noexcept -> std::same_as<outcome>;
  { q.try_pop(item) } noexcept -> std::same_as<outcome>;
};
template <class Q, class T>
concept run_queue_thief = requires(Q& q, const Q& seen, T item) {
  { q.try_steal(item) } noexcept -> std::same_as<outcome>;
  { seen.probably_empty() } noexcept -> std::same_as<bool>;
};
template <class Q, class T>
concept steals_batches = requires(Q& q, T* out, std::size_t room, std::size_t& taken) {
  { q.try_steal_batch(out, room, taken) } noexcept -> std::same_as<outcome>;
};
namespace contract {
template <class Q, class T>
concept run_queue = std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(void*) &&
                    std::same_as<std::remove_cvref_t<decltype(Q::claims)>, run_queue_claims> && std::constructible_from<Q, std::size_t> &&
                    run_queue_owner<Q, T> && run_queue_thief<Q, T>;
}  // namespace contract

}  // namespace stealyard
