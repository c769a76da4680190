// reclaim: when may a node that was unlinked be freed?
//
//   template <class W> class name {
//    public:
//     static constexpr reclaim_claims claims{...};
//     name();
//     ~name();                                                    frees everything retired; nobody may be inside
//     class guard {                                               protects what it read last, until it reads again or ends
//      public:
//       explicit guard(name&);
//       ~guard();
//       template <class T> T* protect(atomic<W, T*>& from) noexcept;   a pointer that stays valid so long; null stays null
//     };
//     template <class T> void retire(T* unlinked);                deletes it once no guard can hold it
//     void quiescent() noexcept;                                  the caller holds no guard, and frees what it can (a worker's loop)
//   };
// What is retired was unlinked before, in happens-before, from wherever it is protected from; it is retired once. Deleting a node may
// retire others.
// A goroutine that holds a guard may migrate or be preempted: a guard belongs to the goroutine, or lies in a section
// that is not preemptible; claims.bound_to_thread says which.
//
// Axioms
//   RC1  Nothing is freed while a guard protects it, and what was read under a guard was read before it is freed (happens-before).
//   RC2  Nothing is freed twice; everything retired is freed by the destructor at the latest.
//   RC3  With no guard alive, and every participant passing quiescent() again and again, everything retired is freed.
//   RC4  retire and protect make the progress that is claimed.
//   RC5  protect returns what `from` held at some moment of the call.
//   RC6  With claims.bounded: right after a participant's quiescent(), all that it retired is freed but what guards protect.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <cstddef>

namespace stealyard {

struct reclaim_claims {
  bool frees = true;            // false: leaks until destruction (the upper bound), and RC3 does not hold
  bool bounded = false;         // RC6: a guard keeps back what it protects, and nothing else
  bool bound_to_thread = true;  // a guard must not cross a switch
  unsigned guards = 1;          // of one participant at once
  progress protect = progress::lock_free;
  progress retire = progress::lock_free;
};

namespace contract {
template <class R, class W, class T>
concept reclaim = std::same_as<std::remove_cvref_t<decltype(R::claims)>, reclaim_claims> && std::default_initializable<R> &&
                  std::constructible_from<typename R::guard, R&> && requires(R& r, typename R::guard& g, atomic<W, T*>& from, T* unlinked) {
                    { g.protect(from) } noexcept -> std::same_as<T*>;
                    { r.retire(unlinked) };
                    { r.quiescent() } noexcept;
                  };
}  // namespace contract

}  // namespace stealyard
