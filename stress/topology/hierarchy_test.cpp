// What is discovered, and how far things are from one another, on made-up machines.
#include <algorithm>
#include <set>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

class hierarchy : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(native_topology, hierarchy, ::testing::ValuesIn(all_machines()),
                         [](auto const& with) { return "machine_" + std::to_string(with.index); });

TEST_P(hierarchy, groups_partition_the_pus_and_point_back) {
  auto const m = must_discover(GetParam());
  auto const partitions = [&](auto const& groups, auto member) {
    std::multiset<unsigned> seen;
    for (unsigned g = 0; g < groups.size(); ++g)
      for (unsigned const p : groups[g].pus) {
        EXPECT_EQ(m.pus().at(p).*member, g);
        seen.insert(p);
      }
    EXPECT_EQ(seen.size(), m.pus().size());
    EXPECT_EQ(std::set<unsigned>(seen.begin(), seen.end()).size(), m.pus().size());
  };
  partitions(m.cores(), &pu::core);
  partitions(m.packages(), &pu::package);
  // Not so nodes: fast and ordinary memory may be local to the same PUs. A PU's own is the one with the fewest.
  for (auto const& node : m.nodes())
    for (unsigned const p : node.pus) EXPECT_LE(m.nodes().at(m.pus().at(p).node).pus.size(), node.pus.size()) << p;
  for (unsigned p = 0; p < m.pus().size(); ++p) {
    auto const& own = m.nodes().at(m.pus()[p].node).pus;
    EXPECT_EQ(std::count(own.begin(), own.end(), p), 1) << p;
  }
  for (unsigned p = 0; p < m.pus().size(); ++p) {
    auto const& siblings = m.cores().at(m.pus()[p].core).pus;
    EXPECT_EQ(siblings.at(m.pus()[p].smt_rank), p);
    for (auto const& [index, depth] : {std::pair(m.pus()[p].l2, 2U), std::pair(m.pus()[p].l3, 3U)})
      if (index != none) {
        EXPECT_EQ(m.caches().at(index).level, depth);
        EXPECT_NE(m.caches()[index].kind, cache_kind::instruction);
        EXPECT_EQ(std::count(m.caches()[index].pus.begin(), m.caches()[index].pus.end(), p), 1);
      }
  }
}

TEST_P(hierarchy, levels_are_nested) {
  auto const m = must_discover(GetParam());
  auto const count = static_cast<unsigned>(m.pus().size());
  for (unsigned a = 0; a < count; ++a)
    for (unsigned b = 0; b < count; ++b) {
      auto const ab = m.between(a, b);
      ASSERT_EQ(ab, m.between(b, a)) << a << " " << b;
      ASSERT_EQ(ab == level::self, a == b);
      for (unsigned c = 0; c < count; ++c)  // sharing is an equivalence at every level, so the levels are an ultrametric
        ASSERT_LE(m.between(a, c), std::max(ab, m.between(b, c))) << a << " " << b << " " << c;
    }
}

TEST_P(hierarchy, distances_are_symmetric_and_grow_with_the_level) {
  auto const m = must_discover(GetParam());
  auto const count = static_cast<unsigned>(m.pus().size());
  for (unsigned a = 0; a < count; ++a) {
    EXPECT_EQ(m.distance(a, a), 0U);
    for (unsigned b = 0; b < count; ++b) {
      ASSERT_EQ(m.distance(a, b), m.distance(b, a)) << a << " " << b;
      if (m.between(a, b) > level::node) {
        ASSERT_GT(m.distance(a, b), 10U) << a << " " << b;
      }
      for (unsigned c = 0; c < count; ++c) {
        bool const within = m.between(a, b) <= level::node || m.distances().source == distance_source::derived;
        if (within && m.between(a, b) < m.between(a, c)) {
          ASSERT_LT(m.distance(a, b), m.distance(a, c)) << a << " " << b << " " << c;
        }
      }
    }
  }
}

TEST_P(hierarchy, survives_export_and_loading) {
  scratch_folder scratch;
  auto const m = must_discover(GetParam());
  auto const xml = m.export_xml();
  ASSERT_TRUE(xml) << xml.error().reason;
  auto const again = must_discover("xml:" + scratch.write("machine.xml", *xml));
  EXPECT_EQ(again.description(), m.description());
  EXPECT_EQ(again.fingerprint(), m.fingerprint());
  EXPECT_EQ(again.allowed_pus(), m.allowed_pus());
  EXPECT_EQ(again.distances().source, m.distances().source);
  EXPECT_EQ(again.distances().values, m.distances().values);
}

TEST_P(hierarchy, is_not_this_machine) {
  auto const m = must_discover(GetParam());
  EXPECT_FALSE(m.is_this_machine());
  EXPECT_NE(m.source(), source_kind::this_machine);
  EXPECT_EQ(m.bind_this_thread(0).status, bind_outcome::status_kind::not_this_machine);
  EXPECT_EQ(m.unbind_this_thread().status, bind_outcome::status_kind::not_this_machine);
  int word = 0;
  EXPECT_EQ(m.bind_memory(&word, sizeof word, 0).status, bind_outcome::status_kind::not_this_machine);
  EXPECT_FALSE(m.current_pu());
  EXPECT_FALSE(m.quota().limit);  // the quota of this process says nothing about another machine
  EXPECT_EQ(m.default_workers(), m.allowed_pus().size());
}

TEST(topology_machines, fingerprints_tell_machines_apart) {
  std::set<std::string> seen;
  for (auto const& name : all_machines()) {
    auto const print = must_discover(name).fingerprint();
    EXPECT_EQ(print.size(), 16U);
    EXPECT_TRUE(seen.insert(print).second) << name;
  }
}

TEST(topology_machines, fingerprint_never_changes) {
  // Results of years to come are compared by it: if this fails, the description's first line must get a new number.
  EXPECT_EQ(must_discover("synthetic:pack:2 numa:1 l3:1(size=8388608) core:2 pu:2").fingerprint(), "78e4f4ff987a1e27");
}

TEST(topology_machines, fingerprint_ignores_what_this_process_may_use) {
  auto const part = must_discover("xml:" + machine_file("partly_allowed.xml"));
  auto const whole = must_discover("synthetic:pack:2 numa:1 core:2 pu:2");
  EXPECT_EQ(part.fingerprint(), whole.fingerprint());
  EXPECT_EQ(part.allowed_pus(), (std::vector<unsigned>{2, 3, 6, 7}));
  EXPECT_EQ(part.default_workers(), 4U);
}

TEST(topology_machines, counts_what_the_description_says) {
  // RapidCheck: any small machine has exactly the parts it was described with.
  bool const held = rc::check("packages, nodes, cores and PUs multiply", [] {
    auto const small = [](int most) { return *rc::gen::inRange<unsigned>(1, static_cast<unsigned>(most) + 1); };
    unsigned const packages = small(4), nodes = small(2), l3 = small(2), cores = small(3), pus = small(4);
    auto const text = "pack:" + std::to_string(packages) + " numa:" + std::to_string(nodes) + " l3:" + std::to_string(l3) +
                      "(size=4194304) core:" + std::to_string(cores) + " pu:" + std::to_string(pus);
    RC_LOG() << text;
    auto const found = discover({.topology = "synthetic:" + text});
    RC_ASSERT(found.ok());
    RC_ASSERT(found->packages().size() == packages);
    RC_ASSERT(found->nodes().size() == packages * nodes);
    RC_ASSERT(found->cores().size() == packages * nodes * l3 * cores);
    RC_ASSERT(found->pus().size() == packages * nodes * l3 * cores * pus);
    RC_ASSERT(found->caches().size() == packages * nodes * l3);
    for (auto const& one : found->caches()) {
      RC_ASSERT(one.level == 3U);
      RC_ASSERT(one.size_bytes == 4194304U);
      RC_ASSERT(one.pus.size() == cores * pus);
    }
    for (auto const& one : found->nodes()) RC_ASSERT(one.pus.size() == l3 * cores * pus);
  });
  EXPECT_TRUE(held);
}

TEST(topology_machines, steal_levels_of_a_full_hierarchy) {
  auto const m = must_discover("synthetic:pack:2 numa:2 l3:2 l2:2 core:2 pu:2");
  EXPECT_EQ(m.between(0, 0), level::self);
  EXPECT_EQ(m.between(0, 1), level::smt);
  EXPECT_EQ(m.between(0, 2), level::l2);
  EXPECT_EQ(m.between(0, 4), level::l3);
  EXPECT_EQ(m.between(0, 8), level::node);
  EXPECT_EQ(m.between(0, 16), level::package);
  EXPECT_EQ(m.between(0, 32), level::machine);
  std::vector<unsigned> distances;
  for (unsigned const other : {0U, 1U, 2U, 4U, 8U, 16U, 32U}) distances.push_back(m.distance(0, other));
  EXPECT_EQ(distances, (std::vector<unsigned>{0, 1, 2, 5, 10, 15, 20}));
}

TEST(topology_machines, an_l3_that_spans_nodes_does_not_make_them_near) {
  auto const m = must_discover("synthetic:pack:1 l3:1 numa:2 core:2 pu:1");
  EXPECT_EQ(m.pus()[0].l3, m.pus()[2].l3);
  EXPECT_EQ(m.between(0, 1), level::l3);
  EXPECT_EQ(m.between(0, 2), level::package);
}

TEST(topology_machines, reported_distances_are_kept_and_made_symmetric) {
  auto const two = must_discover("xml:" + machine_file("two_packages_reported.xml"));
  EXPECT_EQ(two.distances().source, distance_source::reported);
  EXPECT_EQ(two.distances().values, (std::vector<std::uint64_t>{10, 21, 22, 10}));
  EXPECT_EQ(two.distance(0, 7), 22U);  // the larger of both directions
  auto const ring = must_discover("xml:" + machine_file("eight_nodes_ring.xml"));
  EXPECT_EQ(ring.distances().source, distance_source::reported);
  EXPECT_EQ(ring.distance(1, 2), 16U);  // neighbours on the ring, in different packages
  EXPECT_EQ(ring.distance(0, 7), 16U);
  EXPECT_EQ(ring.distance(0, 4), 34U);
}

TEST(topology_machines, bandwidth_is_no_distance) {
  auto const m = must_discover("xml:" + machine_file("memory_only_node.xml"));
  EXPECT_EQ(m.distances().source, distance_source::derived);
  ASSERT_EQ(m.nodes().size(), 2U);
  EXPECT_TRUE(m.nodes()[1].pus.empty());
  EXPECT_EQ(m.nodes()[1].package, none);
}

TEST(topology_machines, odd_numbers_of_threads_a_core) {
  auto const m = must_discover("xml:" + machine_file("asymmetric.xml"));
  std::vector<std::size_t> threads;
  for (auto const& one : m.cores()) threads.push_back(one.pus.size());
  EXPECT_EQ(threads, (std::vector<std::size_t>{2, 2, 2, 2, 2, 1}));
  EXPECT_EQ(m.packages()[0].pus.size(), 8U);
  EXPECT_EQ(m.packages()[1].pus.size(), 3U);
}

TEST(topology_machines, names_read_back) {
  for (auto const policy : {placement::compact, placement::scatter, placement::one_per_core})
    EXPECT_EQ(parse_placement(name_of(policy)), policy);
  EXPECT_FALSE(parse_placement(""));
  EXPECT_FALSE(parse_placement("Compact"));
  EXPECT_EQ(name_of(level::machine), "machine");
}

}  // namespace
}  // namespace stealyard::topology::testing
