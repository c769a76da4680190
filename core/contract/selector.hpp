// selector: how a select finds a case that can proceed, and how it waits for one.
//
//   template <class W> class name {
//    public:
//     static constexpr selector_claims claims{...};
//     template <class Cases> static std::size_t choose(Cases& cases, bool may_wait);
//   };
// choose returns the case that proceeded; no_case only if it may not wait. What waits may throw, having withdrawn every case, as a
// goroutine unwinds: choose lets that pass. `cases` (core/go/select_core.hpp) are those whose channel is not nil, at least one; each is
// named by a number:
//     std::size_t size() const noexcept;
//     std::size_t draw(std::size_t k) noexcept;     the k-th case of a random order; asked for k = 0, 1, … in turn
//     std::size_t at(std::size_t k) const noexcept; the k-th of the order as it is
//     bool any_lock_free() const noexcept;
//     bool lock_free(i) const noexcept;             its channel's buffer works without a lock
//     bool attempt(i) noexcept;                     tries case i by itself; true: it proceeded, and nothing else may
//   under the locks of all channels, which must not be lock-free:
//     void lock() noexcept;  void unlock() noexcept;
//     bool attempt_locked(i) noexcept;
//     std::size_t wait_unlocking();                 enlists all, unlocks all once asleep; who was served, the others withdrawn
//   one by one:
//     void join() noexcept;                         from now on whoever meets an enlisted case makes sleep() refuse
//     std::size_t enlist() noexcept;                enlists all; or one proceeded on the way (a lock-free buffer is not tried)
//     std::size_t sleep();                          who was served; no_case: must look again
//     void withdraw() noexcept;                     whatever is enlisted still
//   otherwise:
//     void yield();                                 lets others run
//
// Axioms
//   SE1  The case returned proceeded, once; no other did.
//   SE2  no_case: none could proceed when it was tried; snapshot: none could proceed at one instant.
//   SE3  uniform: among the cases that can proceed when choose is called each is equally likely (six-nines bound).
//   SE4  When choose returns, no list holds a waiter of it.
//   SE5  No lost wake-up: it does not stay asleep while a case can proceed.
//   SE6  A case whose channel is closed can proceed, and so ends the wait.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <cstddef>

namespace stealyard {

struct selector_claims {
  bool lock_free_channels = false;  // a channel whose buffer has no lock may take part
  bool snapshot = false;            // see SE2
  bool uniform = false;
  bool sleeps = false;  // false: it waits in no list: it looks alive when nobody can serve it any more, and two of them never
                        // meet on an unbuffered channel
};

inline constexpr std::size_t no_case = static_cast<std::size_t>(-1);

namespace contract {
template <class S, class Cases>
concept selector = std::same_as<std::remove_cvref_t<decltype(S::claims)>, selector_claims> && requires(Cases& cases, bool may_wait) {
  { S::choose(cases, may_wait) } -> std::same_as<std::size_t>;
};
}  // namespace contract

}  // namespace stealyard
