// The form without hwloc: a flat machine of the allowed CPUs, and a reason for everything it cannot do.
#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "core/topology/topology.hpp"

namespace stealyard::topology {
namespace {

#if !defined(STEALYARD_NO_HWLOC)
#error "this test is of the form without hwloc"
#endif

machine here() {
  auto found = discover();
  if (!found) ADD_FAILURE() << found.error().reason;
  return std::move(found).value();
}

TEST(topology_plain, has_the_allowed_cpus_and_nothing_else) {
  auto const m = here();
  cpu_set_t mask;
  CPU_ZERO(&mask);
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  ASSERT_EQ(m.pus().size(), static_cast<std::size_t>(CPU_COUNT(&mask)));
  for (auto const& one : m.pus()) EXPECT_TRUE(CPU_ISSET(one.os_index, &mask));
  EXPECT_TRUE(m.is_this_machine());
  EXPECT_EQ(m.nodes().size(), 1U);
  EXPECT_EQ(m.cores().size(), m.pus().size());
  EXPECT_TRUE(m.caches().empty());
  EXPECT_EQ(m.place(static_cast<unsigned>(m.pus().size())), m.allowed_pus());
  EXPECT_EQ(m.fingerprint().size(), 16U);
  if (m.pus().size() > 1) {
    EXPECT_EQ(m.between(0, 1), level::node);
    EXPECT_EQ(m.distance(0, 1), 10U);
  }
}

TEST(topology_plain, binds_threads_but_no_memory) {
  auto const m = here();
  std::thread([&] {
    for (unsigned const p : m.allowed_pus()) {
      auto const outcome = m.bind_this_thread(p);
      ASSERT_TRUE(outcome) << outcome.reason;
      EXPECT_EQ(m.current_pu(), p);
    }
    EXPECT_TRUE(m.unbind_this_thread());
    EXPECT_EQ(here().pus().size(), m.pus().size());
  }).join();
  int word = 0;
  EXPECT_EQ(m.bind_memory(&word, sizeof word, 0).status, bind_outcome::status_kind::unsupported);
}

TEST(topology_plain, refuses_to_load_rather_than_show_this_machine) {
  for (char const* text : {"synthetic:pu:2", "xml:" __FILE__, "xml:/nonexistent", "other"}) {
    auto const found = discover({.topology = text});
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().kind, error_kind::usage);
  }
  EXPECT_FALSE(here().export_xml());
}

}  // namespace
}  // namespace stealyard::topology
