#include "stress/property/parker.hpp"

#include "core/world/real.hpp"
#include "stress/property/property.hpp"

#include <climits>
#include <cstdint>

namespace stealyard::property::parker_suite {

namespace {

using model = reference::parker;

struct unpark : command<model> {
  void call(model& p) const override { p.unpark(); }
  void show(std::ostream& out) const override { out << "unpark"; }
};
// Deadlines from long past to some time ahead, and none.
struct park : command<model> {
  int ahead = *rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(-1000, 4000)},
                                            {1, rc::gen::inRange(50'000, 200'000)},
                                            {1, rc::gen::just(INT_MIN)},
                                            {1, rc::gen::just(INT_MAX)}});
  void call(model& p) const override { p.park(ahead == INT_MIN ? INT64_MIN : ahead == INT_MAX ? never : real::now() + ahead); }
  void show(std::ostream& out) const override {
    if (ahead == INT_MAX) {
      out << "park(never)";
    } else {
      out << "park(now + " << ahead << " ns)";
    }
  }
};

}  // namespace

void any_sequence(reference::make_parker make) {
  holds([=] {
    model p(make);
    sequence<unpark, park>(p);
  });
}

}  // namespace stealyard::property::parker_suite
