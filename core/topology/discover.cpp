// discover: from an option string to a checked machine. Loading itself is hwloc_load.cpp's or plain_load.cpp's business.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "core/topology/machine_data.hpp"
#include "core/topology/quote.hpp"
#include "core/topology/synthetic.hpp"

namespace stealyard::topology {
namespace {

constexpr std::string_view xml_prefix = "xml:";
constexpr std::string_view synthetic_prefix = "synthetic:";
constexpr std::uintmax_t max_xml_bytes = 64U << 20;  // a machine of 8192 PUs takes about 6 MB

error wrong(std::string reason) { return {error_kind::usage, std::move(reason)}; }

result<std::string> read_file(std::string const& name) {
  struct stat about{};
  if (::stat(name.c_str(), &about) != 0) return wrong("topology file " + quote(name) + ": " + std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return wrong("topology file " + quote(name) + " is not a regular file; expected hwloc XML");
  if (static_cast<std::uintmax_t>(about.st_size) > max_xml_bytes)
    return wrong("topology file " + quote(name) + " is larger than 64 MiB; no machine's hwloc XML is");
  std::ifstream file(name, std::ios::binary);
  if (!file) return wrong("topology file " + quote(name) + ": " + std::strerror(errno));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return wrong("topology file " + quote(name) + " could not be read to its end");
  return text;
}

result<load_request> xml_request(std::string const& name) {
  if (name.empty()) return wrong("topology 'xml:' names no file; expected xml:FILE");
  auto text = read_file(name);
  if (!text) return text.error();
  return load_request{source_kind::xml, name, std::move(*text)};
}

result<load_request> synthetic_request(std::string const& description) {
  if (auto problem = check_synthetic(description)) return wrong(std::move(*problem));
  return load_request{source_kind::synthetic, description, description};
}

result<load_request> understand(std::string const& option) {
  if (option.starts_with(xml_prefix)) return xml_request(option.substr(xml_prefix.size()));
  if (option.starts_with(synthetic_prefix)) return synthetic_request(option.substr(synthetic_prefix.size()));
  if (!option.empty())
    return wrong("topology " + quote(option) + " is not known; expected nothing (this machine), xml:FILE or synthetic:STRING");
  // hwloc reads these too, but falls back to the real machine without a word when they are wrong.
  if (char const* file = std::getenv("HWLOC_XMLFILE"); file != nullptr && *file != '\0') return xml_request(file);
  if (char const* text = std::getenv("HWLOC_SYNTHETIC"); text != nullptr && *text != '\0') return synthetic_request(text);
  return load_request{source_kind::this_machine, "this machine", ""};
}

std::optional<std::string> inconsistency(machine_data const& data) {
  if (data.pus.empty()) return "has no PU";
  if (data.pus.size() > max_pus)
    return "has " + std::to_string(data.pus.size()) + " PUs; at most " + std::to_string(max_pus) + " are accepted";
  if (data.nodes.empty()) return "has no NUMA node";
  if (data.nodes.size() > max_nodes)
    return "has " + std::to_string(data.nodes.size()) + " NUMA nodes; at most " + std::to_string(max_nodes) + " are accepted";
  std::set<unsigned> seen;
  for (auto const& one : data.pus) {
    if (!seen.insert(one.os_index).second) return "has PU " + std::to_string(one.os_index) + " twice";
    if (one.node == none) return "has PU " + std::to_string(one.os_index) + " in no NUMA node";
  }
  if (std::none_of(data.pus.begin(), data.pus.end(), [](pu const& one) { return one.allowed; })) return "allows no PU to this process";
  return std::nullopt;
}

void derive_distances(machine_data& data) {
  data.distances.source = distance_source::derived;
  data.distances.values.clear();
  for (std::size_t a = 0; a < data.nodes.size(); ++a)
    for (std::size_t b = 0; b < data.nodes.size(); ++b) {
      bool const together = data.nodes[a].package != none && data.nodes[a].package == data.nodes[b].package;
      data.distances.values.push_back(a == b ? 10 : together ? 15 : 20);
    }
}

// Reported matrices may be asymmetric, in any unit, and (in virtual machines) as large at home as away. Victim order
// needs: symmetric, 10 at home, more away.
void scale_distances(machine_data& data) {
  auto const count = data.nodes.size();
  auto const& raw = data.distances.values;
  std::uint64_t local = raw[0];
  for (std::size_t i = 0; i < count; ++i) local = std::min(local, raw[i * count + i]);
  data.node_cost.assign(count * count, 10);
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = 0; b < count; ++b) {
      if (a == b) continue;
      auto const away = static_cast<double>(std::max(raw[a * count + b], raw[b * count + a]));
      double const scaled = local == 0 ? 10.0 + away : 10.0 * away / static_cast<double>(local);
      data.node_cost[a * count + b] = static_cast<unsigned>(std::clamp(scaled, 11.0, 1e9));
    }
}

std::string what(machine_data const& data) {
  switch (data.source) {
    case source_kind::xml:
      return "topology file " + quote(data.origin) + " ";
    case source_kind::synthetic:
      return "synthetic topology " + quote(data.origin) + " ";
    case source_kind::this_machine:
      break;
  }
  return "this machine ";
}

}  // namespace

std::optional<error> complete(machine_data& data) {
  if (auto problem = inconsistency(data))
    return error{data.source == source_kind::this_machine ? error_kind::system : error_kind::usage, what(data) + *problem};
  for (unsigned i = 0; i < data.pus.size(); ++i)
    if (data.pus[i].allowed) data.allowed.push_back(i);
  if (data.distances.values.empty()) derive_distances(data);
  scale_distances(data);
  return std::nullopt;
}

result<machine> discover(options const& wanted) {
  auto request = understand(wanted.topology);
  if (!request) return request.error();
  auto loaded = load(*request);
  if (!loaded) return loaded.error();
  auto data = std::move(loaded).value();
  data->source = request->source;
  data->origin = request->origin;
  if (auto problem = complete(*data)) return *problem;
  // What hwloc made must be what was asked for, to the PU: indexes=0,0 for instance loses one.
  if (request->source == source_kind::synthetic && data->pus.size() != synthetic_pus(request->text))
    return wrong(what(*data) + "describes " + std::to_string(synthetic_pus(request->text)) + " PUs but makes " +
                 std::to_string(data->pus.size()));
  if (data->is_this_machine || !wanted.cgroup_root.empty()) data->quota = read_cpu_quota(wanted.cgroup_root);
  return machine(std::shared_ptr<machine_data const>(std::move(data)));
}

}  // namespace stealyard::topology
