// timer_queue: the pending timers of one worker. Every call is made under the worker's timer lock.
//
//   template <class Timer> class name {               Timer derives from timer_hook
//    public:
//     static constexpr timer_queue_claims claims{...};
//     name();
//     void insert(Timer&);                            its `when` is set; it must not be inside. May allocate
//     bool erase(Timer&) noexcept;                    false: it was not inside (fired, or never inserted)
//     Timer* pop_due(nanoseconds_t now) noexcept;     one timer with when <= now, or null
//     nanoseconds_t earliest() const noexcept;        when a look is worth while next; never if empty
//     std::size_t size() const noexcept;
//   };
//
// Axioms
//   TQ1  Each inserted timer is returned by pop_due at most once, and not after erase returned true.
//   TQ2  pop_due(now) returns null only if no timer inside has when + claims.resolution <= now.
//   TQ3  pop_due never returns a timer before its time.
//   TQ4  claims.ordered: pop_due returns the smallest `when`.
//   TQ5  earliest() <= `when` + claims.resolution of every timer inside; the smallest `when` if claims.ordered; never only if empty.
//   TQ6  After pop_due(now) returned null, earliest() > now: whoever sleeps until earliest() does not wake in vain for ever.
#pragma once
#include "core/world/concept.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace stealyard {

struct timer_hook {
  nanoseconds_t when = 0;
  std::size_t position = SIZE_MAX;  // the queue's own, as the rest; SIZE_MAX: not inside
  timer_hook* next = nullptr;
  timer_hook* prev = nullptr;
};

struct timer_queue_claims {
  bool ordered = true;
  nanoseconds_t resolution = 0;  // how late pop_due may notice a timer
};

namespace contract {
template <class Q, class Timer>
concept timer_queue = std::derived_from<Timer, timer_hook> && std::default_initializable<Q> &&
                      std::same_as<std::remove_cvref_t<decltype(Q::claims)>, timer_queue_claims> &&
                      requires(Q& q, const Q& seen, Timer& t, nanoseconds_t now) {
                        { q.insert(t) };
                        { q.erase(t) } noexcept -> std::same_as<bool>;
                        { q.pop_due(now) } noexcept -> std::same_as<Timer*>;
                        { seen.earliest() } noexcept -> std::same_as<nanoseconds_t>;
                        { seen.size() } noexcept -> std::same_as<std::size_t>;
                      };
}  // namespace contract

}  // namespace stealyard
