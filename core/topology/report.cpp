#include "core/topology/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace stealyard::topology {
namespace {

std::string bytes(std::uint64_t amount) {
  if (amount == 0) return "size unknown";
  if (amount % (1U << 20) == 0 || amount >= 64U << 20) return fmt::format("{} MiB", amount >> 20);
  if (amount % 1024 == 0) return fmt::format("{} KiB", amount >> 10);
  return fmt::format("{} B", amount);
}

// 0,1,2,5 → "0-2,5"
std::string ranges(std::vector<unsigned> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
    if (end > i) text += fmt::format("-{}", numbers[end]);
    i = end + 1;
  }
  return text;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string_view name_of(cache_kind kind) {
  return kind == cache_kind::data ? "data" : kind == cache_kind::instruction ? "instruction" : "unified";
}

std::string cache_label(cache const& about) {
  return fmt::format("L{}{}", about.level, about.kind == cache_kind::data ? "d" : about.kind == cache_kind::instruction ? "i" : "");
}

std::string numbered(unsigned os_index) { return os_index == none ? "-" : std::to_string(os_index); }

std::string model_of(machine const& about) {
  for (auto const& one : about.packages())
    if (!one.model.empty()) return one.model;
  return "unknown CPU";
}

std::vector<unsigned> os_numbers(machine const& about, std::vector<unsigned> const& pus) {
  std::vector<unsigned> numbers;
  for (unsigned const index : pus) numbers.push_back(about.pus()[index].os_index);
  return numbers;
}

std::string caches_text(machine const& about) {
  // level, kind, size, sharing PUs → how many
  std::map<std::tuple<unsigned, std::string, std::uint64_t, std::size_t>, unsigned> kinds;
  for (auto const& one : about.caches()) ++kinds[{one.level, cache_label(one), one.size_bytes, one.pus.size()}];
  std::string text;
  for (auto const& [kind, count] : kinds) {
    auto const& [depth, label, size, sharing] = kind;
    text += fmt::format("cache         {} x {} {}, each for {}\n", count, label, bytes(size), counted(sharing, "PU", "PUs"));
  }
  return text.empty() ? "cache         none known\n" : text;
}

std::string quota_text(quota_reading const& quota) {
  std::string text;
  if (quota.limit)
    text = fmt::format("quota         {:.2f} CPUs ({} us of every {} us, {})\n", quota.limit->cpus(), quota.limit->quota_us,
                       quota.limit->period_us, quota.limit->file);
  else
    text = "quota         none\n";
  for (auto const& problem : quota.problems) text += fmt::format("quota         ignored: {}\n", problem);
  return text;
}

// PUs in order of the hierarchy; a heading whenever a group changes, one line a core.
std::string tree_text(machine const& about) {
  std::string text;
  auto out = std::back_inserter(text);
  pu last;
  for (auto const& one : about.pus()) {
    bool const new_package = one.package != last.package;
    bool const new_node = new_package || one.node != last.node;
    if (new_package) fmt::format_to(out, "package {} (os {})\n", one.package, numbered(about.packages()[one.package].os_index));
    if (new_node) {
      auto const& node = about.nodes()[one.node];
      fmt::format_to(out, "  node {} (os {}), {}\n", one.node, numbered(node.os_index), bytes(node.memory_bytes));
    }
    if (one.l3 != none && (new_node || one.l3 != last.l3)) fmt::format_to(out, "    L3 {}\n", bytes(about.caches()[one.l3].size_bytes));
    if (one.core != last.core) {
      auto const& pus = about.cores()[one.core].pus;
      fmt::format_to(out, "      core {}: {} {}", one.core, pus.size() == 1 ? "PU" : "PUs", ranges(pus));
      fmt::format_to(out, " (os {})", ranges(os_numbers(about, pus)));
      if (one.l2 != none) fmt::format_to(out, ", L2 {}", bytes(about.caches()[one.l2].size_bytes));
      if (std::none_of(pus.begin(), pus.end(), [&](unsigned i) { return about.pus()[i].allowed; })) text += ", not allowed";
      text += '\n';
    }
    last = one;
  }
  for (unsigned n = 0; n < about.nodes().size(); ++n) {  // memory only, or memory beside that of the PUs' own node
    auto const& node = about.nodes()[n];
    if (std::any_of(about.pus().begin(), about.pus().end(), [&](pu const& one) { return one.node == n; })) continue;
    fmt::format_to(out, "node {} (os {}), {}, ", n, numbered(node.os_index), bytes(node.memory_bytes));
    fmt::format_to(out, "{}\n", node.pus.empty() ? "no PUs" : "also local to PUs " + ranges(node.pus));
  }
  return text;
}

std::string distances_text(machine const& about) {
  auto const& matrix = about.distances();
  auto const count = about.nodes().size();
  auto text =
      fmt::format("distances between NUMA nodes, {}\n        ",
                  matrix.source == distance_source::derived ? "derived from the hierarchy:\n  10 local, 15 same package, 20 elsewhere"
                                                            : name_of(matrix.source));
  for (std::size_t b = 0; b < count; ++b) text += fmt::format("{:>6}", b);
  for (std::size_t a = 0; a < count; ++a) {
    text += fmt::format("\n{:>8}", a);
    for (std::size_t b = 0; b < count; ++b) text += fmt::format("{:>6}", matrix.values[a * count + b]);
  }
  return text + "\n";
}

// More than the runtime ever starts: beyond it a list for each would fill screens, and nobody reads it.
constexpr std::size_t most_thieves = 256;

std::string steal_text(machine const& about, std::vector<unsigned> const& placed) {
  if (placed.size() < 2 || placed.size() > most_thieves) return "";
  std::string text = "steal order, nearest first\n";
  for (unsigned thief = 0; thief < placed.size(); ++thief) {
    text += fmt::format("  worker {:<4}", thief);
    for (auto const& group : about.steal_order(placed, thief))
      text += fmt::format(" {}: {}  ", name_of(group.how_near), ranges(group.workers));
    while (text.back() == ' ') text.pop_back();
    text += '\n';
  }
  return text;
}

std::string placement_text(machine const& about, placement_request const& wanted) {
  auto text = fmt::format("placement of {}, {}\n", counted(wanted.workers, "worker", "workers"), name_of(wanted.policy));
  unsigned worker = 0;
  auto const placed = about.place(wanted.workers, wanted.policy);
  for (unsigned const index : placed) {
    auto const& at = about.pus()[index];
    text += fmt::format("  worker {:<4} PU {} (os {}), core {}, node {}, package {}\n", worker++, index, numbered(at.os_index), at.core,
                        at.node, at.package);
  }
  return text + steal_text(about, placed);
}

nlohmann::json number(unsigned value) { return value == none ? nlohmann::json() : nlohmann::json(value); }

nlohmann::json pus_json(machine const& about) {
  auto list = nlohmann::json::array();
  for (auto const& one : about.pus())
    list.push_back({{"os_index", number(one.os_index)},
                    {"core", one.core},
                    {"package", one.package},
                    {"node", one.node},
                    {"l2", number(one.l2)},
                    {"l3", number(one.l3)},
                    {"smt_rank", one.smt_rank},
                    {"allowed", one.allowed}});
  return list;
}

nlohmann::json groups_json(machine const& about) {
  nlohmann::json groups{{"packages", nlohmann::json::array()},
                        {"nodes", nlohmann::json::array()},
                        {"caches", nlohmann::json::array()},
                        {"cores", nlohmann::json::array()}};
  for (auto const& one : about.packages())
    groups["packages"].push_back({{"os_index", number(one.os_index)}, {"model", one.model}, {"pus", one.pus}});
  for (auto const& one : about.nodes())
    groups["nodes"].push_back(
        {{"os_index", number(one.os_index)}, {"memory_bytes", one.memory_bytes}, {"package", number(one.package)}, {"pus", one.pus}});
  for (auto const& one : about.caches())
    groups["caches"].push_back({{"level", one.level},
                                {"kind", name_of(one.kind)},
                                {"size_bytes", one.size_bytes},
                                {"line_bytes", one.line_bytes},
                                {"associativity", one.associativity},
                                {"pus", one.pus}});
  for (auto const& one : about.cores()) groups["cores"].push_back({{"os_index", number(one.os_index)}, {"pus", one.pus}});
  return groups;
}

nlohmann::json quota_json(quota_reading const& quota) {
  nlohmann::json shown{{"limit", nullptr}, {"problems", quota.problems}};
  if (quota.limit)
    shown["limit"] = {{"cpus", quota.limit->cpus()},
                      {"quota_us", quota.limit->quota_us},
                      {"period_us", quota.limit->period_us},
                      {"file", quota.limit->file}};
  return shown;
}

nlohmann::json distances_json(machine const& about) {
  auto rows = nlohmann::json::array();
  auto const count = about.nodes().size();
  for (std::size_t a = 0; a < count; ++a) {
    auto row = nlohmann::json::array();
    for (std::size_t b = 0; b < count; ++b) row.push_back(about.distances().values[a * count + b]);
    rows.push_back(row);
  }
  return {{"source", name_of(about.distances().source)}, {"nodes", rows}};
}

nlohmann::json placement_json(machine const& about, placement_request const& wanted) {
  auto workers = nlohmann::json::array();
  auto const placed = about.place(wanted.workers, wanted.policy);
  for (unsigned worker = 0; worker < placed.size(); ++worker) {
    auto const& at = about.pus()[placed[worker]];
    workers.push_back({{"pu", placed[worker]}, {"os_index", number(at.os_index)}});
    if (placed.size() > most_thieves) continue;
    auto groups = nlohmann::json::array();
    for (auto const& group : about.steal_order(placed, worker))
      groups.push_back({{"level", name_of(group.how_near)}, {"distance", group.distance}, {"workers", group.workers}});
    workers.back()["steals"] = groups;
  }
  return {{"policy", name_of(wanted.policy)}, {"workers", workers}};
}

}  // namespace

nlohmann::json to_json(machine const& about, placement_request const& wanted) {
  auto shown = groups_json(about);
  shown["schema"] = "stealyard.topology/1";
  shown["source"] = name_of(about.source());
  shown["origin"] = about.origin();
  shown["is_this_machine"] = about.is_this_machine();
  shown["fingerprint"] = about.fingerprint();
  shown["architecture"] = about.architecture();
  shown["model"] = model_of(about);
  shown["pus"] = pus_json(about);
  shown["allowed_pus"] = about.allowed_pus();
  shown["quota"] = quota_json(about.quota());
  shown["default_workers"] = about.default_workers();
  shown["distances"] = distances_json(about);
  shown["placement"] = placement_json(about, wanted);
  return shown;
}

std::string to_text(machine const& about, placement_request const& wanted) {
  bool const smt = about.cores().size() < about.pus().size();
  auto text =
      fmt::format("topology      {}{}\n", about.origin(), about.is_this_machine() ? "" : " (not this machine: nothing will be bound)");
  text += fmt::format("fingerprint   {}\n", about.fingerprint());
  text += fmt::format("model         {}{}\n", model_of(about), about.architecture().empty() ? "" : " (" + about.architecture() + ")");
  text += fmt::format("has           {}, {}, {}, {}{}\n", counted(about.packages().size(), "package", "packages"),
                      counted(about.nodes().size(), "NUMA node", "NUMA nodes"), counted(about.cores().size(), "core", "cores"),
                      counted(about.pus().size(), "PU", "PUs"), smt ? ", SMT" : ", no SMT");
  text += caches_text(about);
  text += fmt::format("allowed       {} of {} (os {})\n", about.allowed_pus().size(), counted(about.pus().size(), "PU", "PUs"),
                      ranges(os_numbers(about, about.allowed_pus())));
  text += quota_text(about.quota());
  text += fmt::format("by default    {}\n\n", counted(about.default_workers(), "worker", "workers"));
  return text + tree_text(about) + "\n" + distances_text(about) + "\n" + placement_text(about, wanted);
}

}  // namespace stealyard::topology
