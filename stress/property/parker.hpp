// Properties of a parker, in one thread: any sequence of unparks and parks is that of a single permit (PK1 to PK3, PK5).
#pragma once
#include "core/world/real.hpp"
#include "stress/conformance/reference/parker.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/property/property.hpp"

#include <climits>

namespace stealyard::property::parker_suite {

template <class P>
using system = reference::parker<P, real>;

template <class P>
struct unpark : command<system<P>> {
  void call(system<P>& p) const override { p.unpark(); }
  void show(std::ostream& out) const override { out << "unpark"; }
};
// Deadlines from long past to some time ahead, and none.
template <class P>
struct park : command<system<P>> {
  int ahead = *rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(-1000, 4000)},
                                            {1, rc::gen::inRange(50'000, 200'000)},
                                            {1, rc::gen::just(INT_MIN)},
                                            {1, rc::gen::just(INT_MAX)}});
  void call(system<P>& p) const override { p.park(ahead == INT_MIN ? INT64_MIN : ahead == INT_MAX ? never : real::now() + ahead); }
  void show(std::ostream& out) const override {
    if (ahead == INT_MAX) {
      out << "park(never)";
    } else {
      out << "park(now + " << ahead << " ns)";
    }
  }
};

template <class P>
void any_sequence() {
  holds([] {
    system<P> p;
    sequence<unpark<P>, park<P>>(p);
  });
}

template <template <class> class V>
void add(const char* name) {
  using parker = V<real>;
  if constexpr (conformance::shape::parker<parker>()) {
    static const conformance::suite s("parker", name, "property");
    s.test("PK1_PK2_PK3_PK5_any_sequence", [] { any_sequence<parker>(); });
  }
}

}  // namespace stealyard::property::parker_suite
