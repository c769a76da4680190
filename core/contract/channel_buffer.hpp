// channel_buffer: what a buffered channel keeps its elements in. Waiting, waking and select are the channel's business.
//
//   template <class W, class T> class name {            T: any nothrow-movable type, move-only and over-aligned ones included
//    public:
//     static constexpr channel_buffer_claims claims{...};
//     explicit name(std::size_t capacity);               exactly this many elements fit, 1 <= capacity <= 2^31 - 1
//     ~name();                                           destroys what is left inside
//     outcome try_push(T& value) noexcept;               ok (value was moved from), full, closed, lost; value untouched unless ok
//     outcome try_pop(landing<T>& into) noexcept;         ok (into holds the element), empty, closed (closed and drained), lost
//     bool close() noexcept;                             false if it was closed already
//     std::size_t length() const noexcept;               0 <= length <= capacity; exact when nobody else is inside
//   };
//
// claims.locking = external: every call is made under the channel's lock (the buffer has no atomics of its own).
// Axioms
//   CB1  Nothing lost, nothing twice, nothing invented (as RQ1, RQ2).
//   CB2  FIFO: linearizable against the sequential bounded queue of exactly `capacity` (order = fifo), or per producer (relaxed_fifo). Full
//        and empty are results too: two sides that merely acquire each other's index can say both of one queue (store buffering).
//   CB3  full only when `capacity` elements were inside, or (spurious_full) another operation was in progress.
//   CB4  empty only when no completed push was inside, or (spurious_empty) another operation was in progress.
//   CB5  lost only if another operation overlapped (claims.may_lose).
//   CB6  close linearizes: a push that returned ok before it, or concurrently, is received; a push after it is told closed, not full.
//   CB7  closed from try_pop only when closed and every successful push was taken.
//   CB8  What the pusher wrote before is visible to the taker; what the taker of the k-th did before, to the pusher of the
//        (k + capacity)-th; what the closer did before, to whom try_pop tells closed (Go's memory model).
//   CB9  A taken slot holds no element: its destructor ran or it was moved out; the rest is destroyed with the buffer.
//   CB10 length() is within [0, capacity], exact when quiescent. What the caller pushed is counted until it is taken, what it took is not.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace stealyard {

enum class buffer_locking : unsigned char { external, internal };

struct channel_buffer_claims {
  buffer_locking locking = buffer_locking::internal;
  arity who = arity::mpmc;
  item_order order = item_order::fifo;
  bool may_lose = false;  // try_push or try_pop may return lost while another operation is in progress
  bool spurious_full = false;
  bool spurious_empty = false;
  bool hand_off = false;  // a blocked waiter is served before a newcomer
  progress push = progress::lock_free;
  progress pop = progress::lock_free;
};

// Where an element is received: empty before, holding the element after ok.
template <class T>
using landing = std::optional<T>;

namespace contract {
template <class B, class T>
concept channel_buffer = std::same_as<std::remove_cvref_t<decltype(B::claims)>, channel_buffer_claims> &&
                         std::constructible_from<B, std::size_t> && requires(B& b, const B& seen, T& value, landing<T>& into) {
                           { b.try_push(value) } noexcept -> std::same_as<outcome>;
                           { b.try_pop(into) } noexcept -> std::same_as<outcome>;
                           { b.close() } noexcept -> std::same_as<bool>;
                           { seen.length() } noexcept -> std::same_as<std::size_t>;
                         };
}  // namespace contract

}  // namespace stealyard
