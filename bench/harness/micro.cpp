#include "bench/harness/micro.hpp"

#include <algorithm>
#include <tuple>

namespace stealyard::micro {

namespace {

struct property {
  std::string kind, variant, name;
};

struct registry {
  std::vector<variant_scenario> scenarios;
  std::vector<property> properties;
  bool sorted = false;
};
// Filled by the generated units while the program starts, in whatever order the linker chose.
registry& all() {
  static registry r;
  return r;
}

}  // namespace

void suite::add(scenario s) {
  all().scenarios.push_back({std::move(s), kind_, variant_});
  all().sorted = false;
}
void suite::has(std::string name) { all().properties.push_back({kind_, variant_, std::move(name)}); }

const std::vector<variant_scenario>& scenarios() {
  registry& r = all();
  if (!r.sorted) {
    std::stable_sort(r.scenarios.begin(), r.scenarios.end(), [](const variant_scenario& a, const variant_scenario& b) {
      return std::tie(a.kind, a.variant) < std::tie(b.kind, b.variant);
    });
    r.sorted = true;
  }
  return r.scenarios;
}

bool variant_has(std::string_view kind, std::string_view variant, std::string_view name) {
  const auto& known = all().properties;
  return std::any_of(known.begin(), known.end(),
                     [&](const property& p) { return p.kind == kind && p.variant == variant && p.name == name; });
}

}  // namespace stealyard::micro
