// The progress meter on a reclaim: reading under a guard, and replacing what is read, by anyone.
#pragma once
#include "core/contract/reclaim.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

namespace stealyard::meter::reclaim_suite {

template <class R>
class of final : public subject {
  R reclaim_;
  gated_atomic<int*> place_{new int(0)};

 public:
  ~of() override { delete place_.peek(); }
  bool call(unsigned operation) override {
    if (operation == 0) {
      reclaim_.retire(place_.exchange(new int(0), acq_rel));
    } else {
      typename R::guard g(reclaim_);
      g.protect(place_);
    }
    return true;
  }
};

template <class R>
entry measured(const char* name) {
  constexpr unsigned retire = 0, protect = 1;
  return {"reclaim",
          name,
          "",
          {{"retire", R::claims.retire}, {"protect", R::claims.protect}},
          {{1, {}}, {1, {retire}}, {1, {protect, retire}}, {1, {retire, retire, retire, protect}}},
          {},
          [](std::size_t) -> std::unique_ptr<subject> { return std::make_unique<of<R>>(); }};
}

template <template <class> class V>
void add(const char* name) {
  entries().push_back(measured<V<gated>>(name));
}

}  // namespace stealyard::meter::reclaim_suite
