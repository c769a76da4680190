// complete(): the last check of what was loaded, on data made by hand. (Most of it hwloc refuses earlier, today.)
#include <functional>

#include "core/topology/machine_data.hpp"
#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

// Two PUs in one node.
machine_data sound() {
  machine_data data;
  data.source = source_kind::xml;
  data.origin = "made by hand";
  data.cores.resize(2);
  data.packages.resize(1);
  data.nodes.resize(1);
  for (unsigned i = 0; i < 2; ++i) data.pus.push_back({.os_index = i, .core = i, .package = 0, .node = 0, .allowed = true});
  return data;
}

void expect_refused(std::function<void(machine_data&)> const& spoil, std::string const& quoting) {
  auto data = sound();
  spoil(data);
  auto const problem = complete(data);
  ASSERT_TRUE(problem) << quoting;
  EXPECT_NE(problem->reason.find(quoting), std::string::npos) << problem->reason;
  EXPECT_NE(problem->reason.find("made by hand"), std::string::npos) << problem->reason;
  EXPECT_EQ(problem->kind, error_kind::usage);
}

TEST(topology_consistency, sound_data_is_completed) {
  auto data = sound();
  data.pus[0].allowed = false;
  auto const problem = complete(data);
  ASSERT_FALSE(problem) << problem->reason;
  EXPECT_EQ(data.allowed, std::vector<unsigned>{1});
  EXPECT_EQ(data.distances.source, distance_source::derived);
}

TEST(topology_consistency, unsound_data_is_refused_by_name) {
  expect_refused([](machine_data& data) { data.pus.clear(); }, "has no PU");
  expect_refused([](machine_data& data) { data.pus[1].os_index = 0; }, "PU 0 twice");
  expect_refused([](machine_data& data) { data.pus[1].node = none; }, "PU 1 in no NUMA node");
  expect_refused([](machine_data& data) { data.nodes.clear(); }, "no NUMA node");
  expect_refused([](machine_data& data) { data.pus[0].allowed = data.pus[1].allowed = false; }, "allows no PU");
  expect_refused([](machine_data& data) { data.pus.resize(max_pus + 1, data.pus[0]); }, "8193 PUs");
  expect_refused([](machine_data& data) { data.nodes.resize(max_nodes + 1); }, "1025 NUMA nodes");
}

TEST(topology_consistency, this_machine_being_odd_is_not_the_users_fault) {
  auto data = sound();
  data.source = source_kind::this_machine;
  data.pus.clear();
  auto const problem = complete(data);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->kind, error_kind::system);
}

TEST(topology_consistency, reported_distances_are_scaled_to_ten_at_home) {
  auto const cost = [](std::vector<std::uint64_t> values) {
    auto data = sound();
    data.nodes.resize(2);
    data.pus[1].node = 1;
    data.distances = {distance_source::reported, std::move(values)};
    EXPECT_FALSE(complete(data));
    return data.node_cost;
  };
  EXPECT_EQ(cost({10, 21, 22, 10}), (std::vector<unsigned>{10, 22, 22, 10}));
  EXPECT_EQ(cost({100, 140, 170, 100}), (std::vector<unsigned>{10, 17, 17, 10}));
  EXPECT_EQ(cost({10, 10, 10, 10}), (std::vector<unsigned>{10, 11, 11, 10}));  // a virtual machine: as far at home as away
  EXPECT_EQ(cost({0, 5, 5, 0}), (std::vector<unsigned>{10, 15, 15, 10}));
  EXPECT_EQ(cost({1, UINT64_MAX, 2, 1}), (std::vector<unsigned>{10, 1'000'000'000, 1'000'000'000, 10}));
}

}  // namespace
}  // namespace stealyard::topology::testing
