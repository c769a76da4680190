// Where workers go.
#include <algorithm>
#include <map>
#include <set>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

constexpr placement policies[] = {placement::compact, placement::scatter, placement::one_per_core, placement::by_node};

class placing : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(native_topology, placing, ::testing::ValuesIn(all_machines()),
                         [](auto const& with) { return "machine_" + std::to_string(with.index); });

template <class Member>
std::size_t distinct(machine const& m, std::vector<unsigned> const& placed, Member member) {
  std::set<unsigned> seen;
  for (unsigned const p : placed) seen.insert(m.pus()[p].*member);
  return seen.size();
}
// How many different values allowed PUs have.
template <class Member>
std::size_t available(machine const& m, Member member) {
  return distinct(m, m.allowed_pus(), member);
}

TEST_P(placing, uses_every_allowed_pu_once_before_any_twice) {
  auto const m = must_discover(GetParam());
  auto const allowed = m.allowed_pus().size();
  for (auto const policy : policies)
    for (unsigned workers = 0; workers <= 3 * allowed + 1; ++workers) {
      auto const placed = m.place(workers, policy);
      ASSERT_EQ(placed.size(), workers);
      std::map<unsigned, std::size_t> load;
      for (unsigned const p : placed) {
        ASSERT_TRUE(m.pus().at(p).allowed) << name_of(policy);
        ++load[p];
      }
      ASSERT_EQ(load.size(), std::min<std::size_t>(workers, allowed)) << name_of(policy);
      for (auto const& [p, times] : load) {
        ASSERT_GE(times, workers / allowed) << name_of(policy) << " PU " << p;
        ASSERT_LE(times, (workers + allowed - 1) / allowed) << name_of(policy) << " PU " << p;
      }
    }
}

TEST_P(placing, fewer_workers_get_the_first_places) {
  auto const m = must_discover(GetParam());
  for (auto const policy : policies) {
    auto const most = m.place(40, policy);
    for (unsigned workers = 0; workers < 40; ++workers)
      ASSERT_EQ(m.place(workers, policy), std::vector<unsigned>(most.begin(), most.begin() + workers)) << name_of(policy);
  }
}

TEST_P(placing, one_per_core_shares_no_core_while_one_is_free) {
  auto const m = must_discover(GetParam());
  auto const cores = available(m, &pu::core);
  for (auto const policy : {placement::one_per_core, placement::scatter})
    for (unsigned workers = 1; workers <= m.allowed_pus().size(); ++workers)
      ASSERT_EQ(distinct(m, m.place(workers, policy), &pu::core), std::min<std::size_t>(workers, cores)) << name_of(policy);
}

TEST_P(placing, one_per_core_keeps_neighbours_together) {
  auto const m = must_discover(GetParam());
  auto const placed = m.place(static_cast<unsigned>(available(m, &pu::core)), placement::one_per_core);
  EXPECT_TRUE(std::is_sorted(placed.begin(), placed.end()));
}

TEST_P(placing, scatter_spreads_over_packages_then_nodes) {
  auto const m = must_discover(GetParam());
  for (unsigned workers = 1; workers <= m.allowed_pus().size(); ++workers) {
    auto const placed = m.place(workers, placement::scatter);
    ASSERT_EQ(distinct(m, placed, &pu::package), std::min<std::size_t>(workers, available(m, &pu::package)));
    ASSERT_EQ(distinct(m, placed, &pu::node), std::min<std::size_t>(workers, available(m, &pu::node)));
  }
}

TEST_P(placing, compact_fills_a_core_before_the_next) {
  auto const m = must_discover(GetParam());
  auto const placed = m.place(static_cast<unsigned>(m.allowed_pus().size()), placement::compact);
  std::set<unsigned> left;
  unsigned current = none;
  for (unsigned const p : placed) {
    auto const core = m.pus()[p].core;
    if (core == current) continue;
    ASSERT_TRUE(left.insert(core).second) << "core " << core << " was left and entered again";
    current = core;
  }
}

TEST_P(placing, by_node_fills_a_node_before_the_next_and_its_cores_before_their_siblings) {
  auto const m = must_discover(GetParam());
  auto const placed = m.place(static_cast<unsigned>(m.allowed_pus().size()), placement::by_node);
  std::set<unsigned> left;
  std::set<unsigned> cores;
  unsigned current = none;
  bool siblings = false;
  for (unsigned const p : placed) {
    auto const& at = m.pus()[p];
    if (at.node != current) {
      ASSERT_TRUE(left.insert(at.node).second) << "node " << at.node << " was left and entered again";
      current = at.node;
      siblings = false;
    }
    bool const fresh = cores.insert(at.core).second;
    ASSERT_FALSE(siblings && fresh) << "core " << at.core << " came after a sibling of its node";
    siblings = siblings || !fresh;
  }
}

TEST_P(placing, a_thief_finds_everybody_else_once_nearest_first) {
  auto const m = must_discover(GetParam());
  for (auto const policy : policies) {
    auto const placed = m.place(static_cast<unsigned>(m.allowed_pus().size()) + 3, policy);  // some share a PU
    for (unsigned thief = 0; thief < placed.size(); ++thief) {
      std::set<unsigned> found;
      unsigned last = 0;
      for (auto const& group : m.steal_order(placed, thief)) {
        ASSERT_TRUE(found.empty() || group.distance > last) << name_of(policy);
        ASSERT_FALSE(group.workers.empty());
        last = group.distance;
        for (unsigned const worker : group.workers) {
          ASSERT_NE(worker, thief);
          ASSERT_TRUE(found.insert(worker).second);
          ASSERT_EQ(m.distance(placed[thief], placed.at(worker)), group.distance);
          ASSERT_LE(group.how_near, m.between(placed[thief], placed[worker]));
        }
      }
      ASSERT_EQ(found.size(), placed.size() - 1);
    }
  }
}

TEST(topology_placing, the_steal_order_on_two_packages_with_smt) {
  auto const m = must_discover("synthetic:pack:2 numa:1 core:2 pu:2");
  auto const placed = m.place(8, placement::scatter);  // 0 4 2 6 1 5 3 7
  std::vector<std::pair<level, std::vector<unsigned>>> found;
  for (auto const& group : m.steal_order(placed, 1)) found.emplace_back(group.how_near, group.workers);
  EXPECT_EQ(found, (std::vector<std::pair<level, std::vector<unsigned>>>{
                       {level::smt, {5}}, {level::node, {3, 7}}, {level::machine, {0, 2, 4, 6}}}));
}

TEST(topology_placing, policies_on_two_packages_with_smt) {
  auto const m = must_discover("synthetic:pack:2 numa:1 core:2 pu:2");
  EXPECT_EQ(m.place(8, placement::compact), (std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(m.place(8, placement::one_per_core), (std::vector<unsigned>{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_EQ(m.place(8, placement::scatter), (std::vector<unsigned>{0, 4, 2, 6, 1, 5, 3, 7}));
  EXPECT_EQ(m.place(8, placement::by_node), (std::vector<unsigned>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(m.place(8), m.place(8, placement::one_per_core));
  EXPECT_EQ(m.place(10).back(), 2U);
}

TEST(topology_placing, only_allowed_pus_on_partly_allowed) {
  auto const m = must_discover("xml:" + machine_file("partly_allowed.xml"));
  EXPECT_EQ(m.place(5, placement::one_per_core), (std::vector<unsigned>{2, 6, 3, 7, 2}));
  EXPECT_EQ(m.place(5, placement::scatter), (std::vector<unsigned>{2, 6, 3, 7, 2}));
  EXPECT_EQ(m.place(5, placement::compact), (std::vector<unsigned>{2, 3, 6, 7, 2}));
  EXPECT_EQ(m.place(5, placement::by_node), (std::vector<unsigned>{2, 3, 6, 7, 2}));
}

}  // namespace
}  // namespace stealyard::topology::testing
