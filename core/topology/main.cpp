// stealyard-topology: prints what the runtime will see of this machine, or of one loaded from a file or a description.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include "core/topology/quote.hpp"
#include "core/topology/report.hpp"

namespace {

using namespace stealyard::topology;

constexpr unsigned max_workers = 65536;
enum exit_status { fine = 0, failed = 1, usage = 2 };

int complain(int status, std::string_view reason) {
  fmt::print(stderr, "stealyard-topology: {}\n", reason);
  return status;
}

// A full disk or a closed pipe must not look like success.
int print(std::string const& text) {
  bool const written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !written) return complain(failed, "the output could not be written");
  return fine;
}

// CLI11's messages may span lines, quote control characters and go on for ever; ours do not.
std::string one_line(std::string const& text) {
  auto const shown = quote(text);
  return shown.substr(1, shown.size() - 2);
}

std::string known_flags(CLI::App const& app) {
  std::vector<std::string> names;
  for (auto const* option : app.get_options()) names.push_back("--" + option->get_lnames().at(0));
  std::sort(names.begin(), names.end());
  std::string text;
  for (auto const& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

struct arguments {
  std::string xml;
  std::string synthetic;
  std::string workers;
  std::string policy = "one_per_core";
  bool json = false;
  bool xml_out = false;
};

result<placement_request> placement_wanted(arguments const& given, machine const& about) {
  placement_request wanted{about.default_workers(), placement::one_per_core};
  if (!given.workers.empty()) {
    auto const [end, failure] = std::from_chars(given.workers.data(), given.workers.data() + given.workers.size(), wanted.workers);
    if (failure != std::errc{} || end != given.workers.data() + given.workers.size() || wanted.workers < 1 || wanted.workers > max_workers)
      return error{error_kind::usage, fmt::format("--workers {} is not accepted; expected 1 to {}", quote(given.workers), max_workers)};
  }
  auto const policy = parse_placement(given.policy);
  if (!policy)
    return error{error_kind::usage,
                 fmt::format("--policy {} is not known; expected compact, scatter, one_per_core or by_node", quote(given.policy))};
  wanted.policy = *policy;
  return wanted;
}

int show(arguments const& given, options const& wanted) {
  auto const about = discover(wanted);
  if (!about) return complain(about.error().kind == error_kind::usage ? usage : failed, about.error().reason);
  auto const placing = placement_wanted(given, *about);
  if (!placing) return complain(usage, placing.error().reason);
  if (given.xml_out) {
    auto const text = about->export_xml();
    return text ? print(*text) : complain(text.error().kind == error_kind::usage ? usage : failed, text.error().reason);
  }
  // Names of files and models may hold any bytes: replace what is not UTF-8 rather than throw.
  if (given.json) return print(to_json(*about, *placing).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return print(to_text(*about, *placing));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "What Stealyard sees of a machine: packages, NUMA nodes, caches, cores, what this process may use, distances, and where workers go."};
  app.name("stealyard-topology");
  arguments given;
  auto* xml = app.add_option("--xml", given.xml, "load an hwloc XML file instead of looking at this machine")->type_name("FILE");
  auto* synthetic =
      app.add_option("--synthetic", given.synthetic, "make a machine, as in \"pack:2 numa:1 core:4 pu:2\"")->type_name("STRING");
  xml->excludes(synthetic);
  auto* workers = app.add_option("--workers", given.workers,
                                 fmt::format("show where N workers go, 1 to {} (default: as the runtime would start)", max_workers))
                      ->type_name("N");
  app.add_option("--policy", given.policy, "compact, scatter, one_per_core (default) or by_node")->type_name("NAME");
  auto* json = app.add_flag("--json", given.json, "print everything as JSON");
  app.add_flag("--export", given.xml_out, "print the topology as hwloc XML")->excludes(json);
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    return print(app.help());
  } catch (CLI::ExtrasError const&) {
    return complain(usage, "unknown argument " + quote(app.remaining().at(0)) + "; known: " + known_flags(app));
  } catch (CLI::ParseError const& problem) {
    return complain(usage, one_line(problem.what()) + "; see --help");
  }
  if (*workers && given.workers.empty()) given.workers = " ";  // given but empty: refused as any other bad number
  options wanted;
  if (*xml) wanted.topology = "xml:" + given.xml;
  if (*synthetic) wanted.topology = "synthetic:" + given.synthetic;
  return show(given, wanted);
}
