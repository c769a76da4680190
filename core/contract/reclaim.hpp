// reclaim: when may a node that was unlinked be freed?
//
//   template <class W> class name {
//    public:
//     static constexpr reclaim_claims claims{...};
//     name();
//     ~name();                                                    frees everything retired; nobody may be inside
//     class guard {                                               protects what is read through it, until it ends
//      public:
//       explicit guard(name&);
//       ~guard();
//       template <class T> T* protect(atomic<W, T*>& from) noexcept;   a pointer that stays valid while the guard lives
//     };
//     template <class T> void retire(T* unlinked);                deletes it once no guard can hold it
//     void quiescent() noexcept;                                  the caller holds no guard (a worker says so at its loop)
//   };
// A goroutine that holds a guard may migrate or be preempted: a guard belongs to the goroutine, or lies in a section
// that is not preemptible; claims.bound_to_thread says which.
//
// Axioms
//   RC1  Nothing is freed while a guard that protected it lives.
//   RC2  Nothing is freed twice; everything retired is freed by the destructor at the latest.
//   RC3  Bounded garbage: with every participant passing quiescent() again and again, at most claims.bound(participants) stay unfreed.
//   RC4  retire and guard are at least lock-free where claimed.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <cstddef>

namespace stealyard {

struct reclaim_claims {
  bool frees = true;              // false: leaks until destruction (the upper bound)
  bool bound_to_thread = true;    // a guard must not cross a switch
  bool needs_quiescent = false;
  std::size_t garbage_per_participant = SIZE_MAX;  // RC3's bound; SIZE_MAX: none
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
