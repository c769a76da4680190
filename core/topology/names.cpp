// names: the spellings of enumerations, and the machine's fingerprint.
#include <array>
#include <cstdio>

#include "core/topology/machine_data.hpp"

namespace stealyard::topology {
namespace {

constexpr std::array<std::string_view, 4> placement_names{"compact", "scatter", "one_per_core", "by_node"};
constexpr std::array<std::string_view, level_count> level_names{"self", "smt", "l2", "l3", "node", "package", "machine"};
constexpr std::array<std::string_view, 2> distance_names{"reported", "derived"};
constexpr std::array<std::string_view, 3> source_names{"this_machine", "xml", "synthetic"};

void add(std::string& text, unsigned number) {
  text += number == none ? std::string("-") : std::to_string(number);
  text += ' ';
}

// FNV-1a, 64 bits: tiny, well known, and the same everywhere and for ever, which std::hash is not.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::optional<placement> parse_placement(std::string_view name) {
  for (std::size_t i = 0; i < placement_names.size(); ++i)
    if (placement_names[i] == name) return static_cast<placement>(i);
  return std::nullopt;
}
std::string_view name_of(placement policy) { return placement_names[static_cast<std::size_t>(policy)]; }
std::string_view name_of(level how_near) { return level_names[static_cast<std::size_t>(how_near)]; }
std::string_view name_of(distance_source source) { return distance_names[static_cast<std::size_t>(source)]; }
std::string_view name_of(source_kind source) { return source_names[static_cast<std::size_t>(source)]; }

std::string machine::description() const {
  auto const& data = *data_;
  std::string text = "stealyard machine 1\narchitecture " + data.architecture + "\n";
  for (auto const& one : data.packages) {
    text += "package ";
    add(text, one.os_index);
    text += one.model + "\n";
  }
  for (auto const& one : data.nodes) {
    text += "node ";
    add(text, one.os_index);
    text += "\n";
  }
  for (auto const& one : data.caches) {
    text += "cache " + std::to_string(one.level) + " " + std::to_string(static_cast<int>(one.kind)) + " " + std::to_string(one.size_bytes) +
            " " + std::to_string(one.line_bytes) + " " + std::to_string(one.associativity) + " of ";
    for (unsigned const index : one.pus) add(text, index);
    text += "\n";
  }
  for (auto const& one : data.pus) {
    text += "pu ";
    for (unsigned const number : {one.os_index, one.core, one.package, one.node, one.l2, one.l3}) add(text, number);
    text += "\n";
  }
  if (data.distances.source == distance_source::reported) {  // derived ones add nothing
    text += "distances ";
    for (auto const value : data.distances.values) text += std::to_string(value) + " ";
    text += "\n";
  }
  return text;
}

std::string machine::fingerprint() const {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(fnv1a(description())));
  return digits.data();
}

}  // namespace stealyard::topology
