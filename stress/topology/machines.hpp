// What the topology tests share: made-up machines, and property checks that quote the machine they failed on.
#pragma once
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/topology/topology.hpp"

namespace stealyard::topology::testing {

inline std::string machine_file(std::string const& name) { return STEALYARD_TOPOLOGY_MACHINES "/" + name; }

/// Further machines, one XML each, in the folder that STEALYARD_TOPOLOGY_CAPTURED names: hwloc's own, say (fetch_captured.sh).
inline std::vector<std::string> captured_machines() {
  std::vector<std::string> found;
  if (char const* folder = std::getenv("STEALYARD_TOPOLOGY_CAPTURED"); folder != nullptr && *folder != '\0')
    for (auto const& entry : std::filesystem::directory_iterator(folder))
      // One was saved without the nodes that its process might not use; some PUs are then in no node, which is refused, as it should be.
      if (entry.path().extension() == ".xml" && entry.path().filename() != "16amd64-8n2c-cpusets.xml")
        found.push_back("xml:" + entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

/// Every machine that the shared properties are checked on: 1 to 8 nodes, with and without SMT, caches, packages and cores,
/// an L3 that spans nodes, nodes that span packages, and the odd shapes of machines/.
inline std::vector<std::string> all_machines() {
  std::vector<std::string> known{"synthetic:pu:1",
                                 "synthetic:pu:5",
                                 "synthetic:3 2",
                                 "synthetic:pack:1 core:4 pu:2",
                                 "synthetic:pack:2 numa:1 core:4 pu:2",
                                 "synthetic:pack:2 numa:1 l3:2 l2:2 core:2 pu:2",
                                 "synthetic:pack:2 l3:1 numa:2 l2:1 core:2 pu:2",
                                 "synthetic:numa:2 pack:2 l3:1 core:2 pu:2",
                                 "synthetic:numa:3 core:3 pu:1",
                                 "synthetic:pack:4 numa:2 l3:2 core:2 pu:4",
                                 "xml:" + machine_file("two_packages_reported.xml"),
                                 "xml:" + machine_file("eight_nodes_ring.xml"),
                                 "xml:" + machine_file("asymmetric.xml"),
                                 "xml:" + machine_file("memory_only_node.xml"),
                                 "xml:" + machine_file("partly_allowed.xml"),
                                 "xml:" + machine_file("hybrid_cores.xml"),
                                 "xml:" + machine_file("three_nodes_uneven.xml")};
  for (auto& one : captured_machines()) known.push_back(std::move(one));
  return known;
}

inline machine must_discover(std::string const& topology) {
  auto found = discover({.topology = topology});
  if (!found) ADD_FAILURE() << found.error().reason;
  return std::move(found).value();
}

/// A folder of its own, gone at the end.
class scratch_folder {
 public:
  scratch_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "stealyard-topology-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no scratch folder";
    path_ = pattern;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;

  [[nodiscard]] std::string path(std::string const& below = "") const { return (path_ / below).string(); }
  std::string write(std::string const& below, std::string const& text) const {
    auto const file = path_ / below;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

/// Sets a variable of the environment (null: unsets it) until the end of the scope.
class environment_guard {
 public:
  environment_guard(char const* name, char const* value) : name_(name) {
    if (char const* before = std::getenv(name)) before_ = before, had_ = true;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~environment_guard() { had_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }
  environment_guard(environment_guard const&) = delete;
  environment_guard& operator=(environment_guard const&) = delete;

 private:
  char const* name_;
  std::string before_;
  bool had_ = false;
};

}  // namespace stealyard::topology::testing
