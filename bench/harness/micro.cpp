#include "bench/harness/micro.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace stealyard::micro {

namespace {

struct property {
  std::string kind, variant, name;
};

struct registry {
  std::multimap<std::pair<std::string, std::string>, variant_scenario> scenarios;  // equal keys keep the order of their arrival
  std::vector<property> properties;
};
// Filled by the generated units while the program starts, in whatever order the linker chose.
registry& all() {
  static registry r;
  return r;
}

}  // namespace

void suite::add(scenario s) { all().scenarios.insert({{kind_, variant_}, {std::move(s), kind_, variant_}}); }
void suite::has(std::string name) { all().properties.push_back({kind_, variant_, std::move(name)}); }

const std::vector<variant_scenario>& scenarios() {
  static const std::vector<variant_scenario> sorted = [] {
    std::vector<variant_scenario> flat;
    for (const auto& [key, each] : all().scenarios) flat.push_back(each);
    return flat;
  }();
  return sorted;
}

bool variant_has(std::string_view kind, std::string_view variant, std::string_view name) {
  const auto& known = all().properties;
  return std::any_of(known.begin(), known.end(),
                     [&](const property& p) { return p.kind == kind && p.variant == variant && p.name == name; });
}

}  // namespace stealyard::micro
