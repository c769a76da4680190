#include "bench/harness/report.hpp"

#include "bench/harness/parts.hpp"
#include "bench/git_state.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

extern char** environ;

namespace stealyard::bench {

namespace {

using nlohmann::ordered_json;

constexpr const char* subject = "stealyard";

std::string compiler() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." + std::to_string(__clang_patchlevel__);
#else
  return "g++ " __VERSION__;
#endif
}

ordered_json build() {
  ordered_json facts{{"compiler", compiler()}, {"flags", STEALYARD_BENCH_FLAGS}, {"type", STEALYARD_BENCH_TYPE}, {"git", git_state}};
#if defined(STEALYARD_ASSERTIONS)
  facts["assertions"] = true;
#else
  facts["assertions"] = false;
#endif
  return facts;
}

// Settings of the runtime that came from outside the command line, e.g. STEALYARD_PIN=1.
ordered_json environment() {
  ordered_json seen = ordered_json::object();
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (text.starts_with("STEALYARD_") && equals != std::string::npos) seen[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return seen;
}

ordered_json workload_rows() {
  ordered_json rows = ordered_json::array();
  for (const auto& each : workloads()) {
    rows.push_back({{"name", each.name},
                    {"group", "workload"},
                    {"unit", each.unit},
                    {"default_size", each.default_size},
                    {"needs", each.needs},
                    {"kind", nullptr},
                    {"latency", each.latency},
                    {"quick", each.quick},
                    {"uses", each.uses},
                    {"about", each.about}});
  }
  // A scenario is listed once; its kind's variants are under "parts".
  std::vector<std::string> seen;
  for (const auto& each : micro::scenarios()) {
    const std::string name = each.workload_name();
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    rows.push_back({{"name", name},
                    {"group", "micro"},
                    {"unit", "ns/op"},
                    {"default_size", each.default_size},
                    {"needs", ordered_json::array()},
                    {"kind", each.kind},
                    {"latency", false},
                    {"quick", each.quick},
                    {"uses", {each.kind}},
                    {"threads", each.threads},
                    {"about", each.about}});
  }
  return rows;
}

ordered_json latency_json(const latency_summary& latency) {
  if (latency.count == 0) return nullptr;
  return {{"count", latency.count}, {"percentiles", latency.percentiles}};
}

ordered_json parts_json(const request& wanted) {
  if (wanted.program != nullptr) return wanted.parts;
  return {{wanted.scenario->kind, wanted.scenario->variant}};
}

}  // namespace

// "defaults" are what flags can change; "built_in" is what another build would change.
std::string listing_line() {
  ordered_json defaults = ordered_json::object();
  const auto built_in = built_in_parts();
  for (const std::string& kind : runtime_kinds()) {
    defaults[kind] = default_of(kind);
  }
  return ordered_json{{"subject", subject},
                      {"version", STEALYARD_BENCH_VERSION},
                      {"workloads", workload_rows()},
                      {"parts", all_parts()},
                      {"defaults", defaults},
                      {"built_in", built_in},
                      {"build", build()}}
      .dump();
}

std::string measurement_line(const request& wanted, const measured& result) {
  const bool micro = wanted.scenario != nullptr;
  return ordered_json{
      {"schema", "stealyard.measurement/1"},
      {"subject", subject},
      {"version", STEALYARD_BENCH_VERSION},
      {"workload", micro ? wanted.scenario->workload_name() : std::string(wanted.program->name)},
      {"group", micro ? "micro" : "workload"},
      {"size", wanted.size},
      {"workers", wanted.workers},
      {"threads", result.threads},
      {"parts", parts_json(wanted)},
      {"seed", wanted.seed},
      {"unit", result.unit},
      {"operations", result.operations},
      {"samples", result.samples},
      {"latency_ns", latency_json(result.latency)},
      {"cpu_seconds", result.cpu_seconds},
      {"harness_cost", result.harness_cost},
      {"metrics", result.metrics},
      {"answer", {{"checked", true}, {"ok", result.checked.ok}, {"expected", result.checked.expected}, {"got", result.checked.got}}},
      {"build", build()},
      {"environment", environment()},
  }
      .dump();
}

}  // namespace stealyard::bench
