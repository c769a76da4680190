// parker: how one worker sleeps and how others wake it. One parker a worker; only its owner parks.
//
//   template <class W> class name {
//    public:
//     static constexpr parker_claims claims{...};
//     name();
//     bool park(nanoseconds_t deadline) noexcept;   owner; true: a permit was consumed; false: the deadline passed. never: no deadline
//     void unpark() noexcept;                       anyone: makes the permit available, wakes the owner if it sleeps
//   };
//
// Axioms
//   PK1  park returns true only by consuming a permit that an unpark made.
//   PK2  No lost wake-up: after unpark returned, a park that sleeps or starts later returns (it consumes the permit).
//   PK3  Permits do not accumulate: two unparks before a park make one permit.
//   PK4  What the waker wrote before unpark is visible after the park that consumed its permit.
//   PK5  park(deadline) returns false only after now() reached the deadline; a deadline in the past polls.
//   PK6  unpark does not sleep.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>

namespace stealyard {

struct parker_claims {
  bool spins = false;             // burns CPU before it sleeps
  bool sleeps = true;             // gives the CPU back in the end
  progress unpark = progress::wait_free;
};

namespace contract {
template <class P>
concept parker = std::same_as<std::remove_cvref_t<decltype(P::claims)>, parker_claims> && std::default_initializable<P> &&
                 requires(P& p, nanoseconds_t deadline) {
                   { p.park(deadline) } noexcept -> std::same_as<bool>;
                   { p.unpark() } noexcept -> std::same_as<void>;
                 };
}  // namespace contract

}  // namespace stealyard
