// channel: a whole-channel algorithm (waiting included), for variants that are not a buffer behind the common protocol.
//
//   template <class P, class T> class name {           P: the platform of core/sched (world, waiter, park, ready)
//    public:
//     static constexpr channel_claims claims{...};
//     explicit name(std::size_t capacity);             0 <= capacity <= 2^31 - 1
//     outcome send(T& value);                          ok, closed; blocks while full
//     outcome recv(landing<T>& into);                  ok, closed; blocks while empty
//     outcome try_send(T& value) noexcept;             ok, full, closed
//     outcome try_recv(landing<T>& into) noexcept;     ok, empty, closed
//     bool close() noexcept;                           false if it was closed already
//     std::size_t length() const noexcept;
//     std::size_t capacity() const noexcept;
//   };
//
// Axioms
//   CH1  Linearizable against Go's channel of that capacity: FIFO, rendezvous at capacity 0.
//   CH2  close wakes every blocked receiver (closed after what was buffered) and every blocked sender (closed).
//   CH3  Nothing lost, nothing twice, even when a receive is cancelled by select.
//   CH4  No lost wake-up: a blocked send with room, or a blocked receive with an element, does not stay blocked.
//   CH5  hand_off: a blocked waiter is served before a newcomer, waiters FIFO.
//   CH6  Go's memory model rules 3 to 6.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/contract/claims.hpp"

#include <concepts>

namespace stealyard {

struct channel_claims {
  bool unbuffered = true;   // capacity 0 works
  bool buffered = true;     // capacity >= 1 works
  bool hand_off = true;
  bool selectable = true;
};

namespace contract {
template <class C, class T>
concept channel = std::same_as<std::remove_cvref_t<decltype(C::claims)>, channel_claims> && std::constructible_from<C, std::size_t> &&
                  requires(C& c, const C& seen, T& value, landing<T>& into) {
                    { c.send(value) } -> std::same_as<outcome>;
                    { c.recv(into) } -> std::same_as<outcome>;
                    { c.try_send(value) } noexcept -> std::same_as<outcome>;
                    { c.try_recv(into) } noexcept -> std::same_as<outcome>;
                    { c.close() } noexcept -> std::same_as<bool>;
                    { seen.length() } noexcept -> std::same_as<std::size_t>;
                    { seen.capacity() } noexcept -> std::same_as<std::size_t>;
                  };
}  // namespace contract

}  // namespace stealyard
