// victim: whom a thief robs next.
//
//   template <class W> class name {
//    public:
//     static constexpr victim_claims claims{...};
//     explicit name(const victim_view& view);
//     void begin_pass(unsigned thief) noexcept;     a thief starts a pass of workers - 1 tries
//     unsigned next(unsigned thief) noexcept;       the next victim of this pass
//   };
// Each method is called by the thief itself only, so per-thief state needs no synchronisation.
//
// Axioms
//   VS1  next(thief) is in [0, workers) and never the thief; it is called only when workers >= 2.
//   VS2  covers: workers - 1 calls after begin_pass return every other worker exactly once.
//   VS3  unbiased: over many passes each other worker is first equally often (six-nines bound).
//   VS4  nearest_first: distances along a pass never decrease.
#pragma once
#include "core/world/concept.hpp"

#include <concepts>
#include <cstdint>

namespace stealyard {

struct victim_claims {
  bool covers = false;
  bool unbiased = false;
  bool nearest_first = false;
};

// What a victim policy may know of the machine.
class victim_view {
 public:
  virtual unsigned workers() const noexcept = 0;
  virtual std::uint32_t distance(unsigned a, unsigned b) const noexcept = 0;  // unit-free, 0 for a == b, symmetric

 protected:
  ~victim_view() = default;
};

namespace contract {
template <class V>
concept victim = std::same_as<std::remove_cvref_t<decltype(V::claims)>, victim_claims> && std::constructible_from<V, const victim_view&> &&
                 requires(V& v, unsigned thief) {
                   { v.begin_pass(thief) } noexcept;
                   { v.next(thief) } noexcept -> std::same_as<unsigned>;
                 };
}  // namespace contract

}  // namespace stealyard
