#include "bench/harness/options.hpp"

#include "bench/harness/parts.hpp"
#include "bench/harness/second_thread.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace stealyard::bench {

namespace {

// Everything as it was typed; what is missing stays empty.
struct typed {
  std::string workload, size, workers, samples, min_time_ms, seed, variant;
  std::map<std::string, std::string> parts;
};

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

std::uint64_t number(const std::string& flag, const std::string& text, std::uint64_t otherwise, std::uint64_t low, std::uint64_t high,
                     const std::string& by = {}) {
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    throw usage_error("--" + flag + " " + in_quotes(text) + " is not accepted" + (by.empty() ? "" : " by " + by) +
                      ": a whole number from " + std::to_string(low) + " to " + std::to_string(high) + " is");
  }
  return value;
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& each : workloads()) names.emplace_back(each.name);
  for (const auto& each : micro::scenarios()) {
    const std::string name = each.workload_name();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

// A part that exists: known to this executable, but not what it can run.
[[noreturn]] void not_here(const std::string& kind, const std::string& name, const std::string& instead) {
  throw nothing_matched(kind + " " + in_quotes(name) + ": this executable is built with " + instead);
}

std::string checked_part(const std::string& kind, const std::string& name) {
  const auto known = all_parts().at(kind);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw usage_error("unknown " + kind + " " + in_quotes(name) + "; known: " + joined(known));
  }
  const auto built_in = built_in_parts();
  const auto fixed = built_in.find(kind);
  if (fixed != built_in.end() && fixed->second != name) not_here(kind, name, fixed->second);
  return name;
}

void check_needs(const workload& program, const std::map<std::string, std::string>& parts) {
  for (const std::string_view need : program.needs) {
    const std::string kind(need.substr(0, need.find(':')));
    const std::string_view property = need.substr(need.find(':') + 1);
    if (!micro::variant_has(kind, parts.at(kind), property)) {
      throw nothing_matched(std::string(program.name) + " needs " + std::string(property) + " of its " + kind + ", which " +
                            parts.at(kind) + " does not claim");
    }
  }
}

void complete_workload(request& wanted, const typed& given) {
  const workload& program = *wanted.program;
  if (!given.variant.empty()) {
    throw usage_error("--variant " + in_quotes(given.variant) + " is for micro-benchmarks; " + std::string(program.name) +
                      " takes its parts by kind, as in --run_queue NAME");
  }
  for (const std::string& kind : runtime_kinds()) wanted.parts[kind] = default_of(kind);
  for (const auto& [kind, name] : built_in_parts()) wanted.parts[kind] = name;
  for (const auto& [kind, name] : given.parts) {
    if (!name.empty()) wanted.parts[kind] = checked_part(kind, name);
  }
  wanted.size = number("size", given.size, program.default_size, 1, program.most_size, std::string(program.name));
  if (program.accepts != nullptr) {
    const std::string problem = program.accepts(wanted.size);
    if (!problem.empty()) throw usage_error(problem);
  }
  wanted.workers = static_cast<unsigned>(number("workers", given.workers, 1, 1, 256));
  check_needs(program, wanted.parts);
}

const micro::variant_scenario& find_scenario(const typed& given) {
  std::vector<std::string> variants;
  std::string kind;
  for (const auto& each : micro::scenarios()) {
    if (each.workload_name() == given.workload) {
      variants.push_back(each.variant);
      kind = each.kind;
    }
  }
  if (variants.empty()) {
    throw usage_error("unknown workload " + in_quotes(given.workload) + "; known: " + joined(workload_names()));
  }
  const std::string variant = given.variant.empty() ? default_of(kind) : given.variant;
  for (const auto& each : micro::scenarios()) {
    if (each.workload_name() == given.workload && each.variant == variant) return each;
  }
  throw usage_error("unknown " + kind + " " + in_quotes(variant) + "; known: " + joined(variants));
}

void complete_micro(request& wanted, const typed& given) {
  wanted.scenario = &find_scenario(given);
  for (const auto& [kind, name] : given.parts) {
    if (!name.empty()) throw usage_error("--" + kind + " " + in_quotes(name) + " is for workloads; a micro-benchmark takes --variant");
  }
  const std::string name = wanted.scenario->workload_name();
  wanted.size = number("size", given.size, wanted.scenario->default_size, 1, wanted.scenario->most_size, name);
  if (!given.workers.empty() && given.workers != "1") {
    throw usage_error("--workers " + in_quotes(given.workers) + " is not accepted by " + name +
                      ": 1 is; a micro-benchmark has its own threads");
  }
  if (wanted.scenario->threads > 1 && !two_cpus()) throw nothing_matched(name + " needs two CPUs, and may use one");
  if (!wanted.scenario->not_applicable.empty()) {
    throw nothing_matched(name + " with " + wanted.scenario->variant + ": " + wanted.scenario->not_applicable);
  }
}

request complete(const typed& given) {
  if (given.workload.empty()) throw usage_error("--workload is needed; known: " + joined(workload_names()));
  request wanted;
  for (const auto& each : workloads()) {
    if (each.name == given.workload) wanted.program = &each;
  }
  wanted.samples = static_cast<unsigned>(number("samples", given.samples, 5, 1, 10'000));
  wanted.min_time_ms = number("min_time_ms", given.min_time_ms, 50, 0, 60'000);
  wanted.seed = number("seed", given.seed, 1, 0, INT64_MAX);
  if (wanted.program != nullptr) {
    complete_workload(wanted, given);
  } else {
    complete_micro(wanted, given);
  }
  return wanted;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string known_flags(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back("--" + option->get_lnames().at(0));
  names.emplace_back("--gbench");
  std::sort(names.begin(), names.end());
  return joined(names);
}

}  // namespace

command_line parse(int argc, char** argv) {
  CLI::App app{"stealyard-bench: measures one workload or micro-benchmark and prints one line of JSON (results/README.md)."};
  app.footer("stealyard-bench --gbench [flags] runs the micro-benchmarks with Google Benchmark's own flags; --gbench --help lists them.");
  typed given;
  command_line result;
  app.set_help_flag("--help", "this text");
  app.add_flag("--list", result.list, "what can be measured, as one line of JSON");
  app.add_option("--workload", given.workload, "what to measure; see --list");
  app.add_option("--size", given.size, "how many operations a run has; see --list");
  app.add_option("--workers", given.workers, "1 to 256, default 1");
  app.add_option("--samples", given.samples, "1 to 10000, default 5");
  app.add_option("--min_time_ms", given.min_time_ms, "length of a sample, 0 to 60000, default 50");
  app.add_option("--seed", given.seed, "of every random choice, default 1");
  app.add_option("--variant", given.variant, "the variant a micro-benchmark measures; default: the runtime's");
  for (const auto& [kind, names] : all_parts()) app.add_option("--" + kind, given.parts[kind], "one of " + joined(names));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    result.help = app.help();
    return result;
  } catch (const CLI::ExtrasError&) {
    throw usage_error("unknown flag " + in_quotes(app.remaining().at(0)) + "; known: " + known_flags(app));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();  // "--size: 1 required TEXT missing"
    throw usage_error(text.substr(0, text.find(':')) + " takes one value, and takes it once");
  } catch (const CLI::ParseError& error) {
    throw usage_error(one_line(error.what()));
  }
  if (!result.list) result.measure = complete(given);
  return result;
}

}  // namespace stealyard::bench
