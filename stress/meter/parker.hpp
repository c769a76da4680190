// The progress meter on a parker: unpark by anyone, beside an owner that is stopped anywhere in a park, with a deadline and without.
#pragma once
#include "core/contract/parker.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

namespace stealyard::meter::parker_suite {

template <class P>
class of final : public subject {
  P parker_;

 public:
  bool call(unsigned operation) override {
    if (operation == 0) {
      parker_.unpark();
    } else {
      parker_.park(operation == 1 ? never : gated::now() + 50'000);  // a few looks at the clock
    }
    return true;
  }
};

template <class P>
entry measured(const char* name) {
  constexpr unsigned unpark = 0, park = 1;
  return {"parker",
          name,
          "",
          {{"unpark", P::claims.unpark}, {"park", {}, 1, true}, {"park until", {}, 1, true}},
          {{1, {}}, {1, {unpark}}, {1, {unpark, park}}, {1, {unpark, park, unpark}}},
          unpark,
          [](std::size_t) -> std::unique_ptr<subject> { return std::make_unique<of<P>>(); }};
}

template <template <class> class V>
void add(const char* name) {
  entries().push_back(measured<V<gated>>(name));
}

}  // namespace stealyard::meter::parker_suite
