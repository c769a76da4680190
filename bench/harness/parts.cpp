#include "bench/harness/parts.hpp"

#include "bench/harness/micro.hpp"
#include "core/fiber/chosen_switch.hpp"
#include "core/sched/parts.hpp"

#include <algorithm>

namespace stealyard::bench {

const std::vector<std::string>& runtime_kinds() {
  static const std::vector<std::string> kinds{"run_queue", "channel_buffer", "parker",   "idle",
                                              "victim",    "timer_queue",    "selector", "stack"};
  return kinds;
}

std::map<std::string, std::string> built_in_parts() {
  std::map<std::string, std::string> parts{{"context_switch", fiber::chosen_switch_name}};
#if defined(STEALYARD_STATIC_RUN_QUEUE)
  parts["run_queue"] = sched::static_run_queue_name;
#endif
  return parts;
}

std::map<std::string, std::vector<std::string>> all_parts() {
  std::map<std::string, std::vector<std::string>> parts;
  for (const std::string& kind : runtime_kinds()) {
    for (const std::string_view name : sched::known_parts(kind)) parts[kind].emplace_back(name);
  }
  for (const auto& scenario : micro::scenarios()) parts[scenario.kind].push_back(scenario.variant);
  for (const auto& [kind, variant] : built_in_parts()) parts[kind].push_back(variant);
  for (auto& [kind, names] : parts) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  return parts;
}

std::string default_of(std::string_view kind) {
  const auto built_in = built_in_parts();
  const auto fixed = built_in.find(std::string(kind));
  return fixed != built_in.end() ? fixed->second : std::string(sched::default_part(kind));
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

}  // namespace stealyard::bench
