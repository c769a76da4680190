// Discovery and binding on the machine the tests run on, against what Linux says by other ways.
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

std::vector<unsigned> affinity() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  std::vector<unsigned> cpus;
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &mask)) cpus.push_back(cpu);
  return cpus;
}

std::vector<unsigned> allowed_os(machine const& m) {
  std::vector<unsigned> cpus;
  for (unsigned const p : m.allowed_pus()) cpus.push_back(m.pus()[p].os_index);
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

// Affinity is a property of a thread: each test has one of its own.
void on_a_thread(auto body) { std::thread(body).join(); }

TEST(topology_here, is_this_machine_and_has_the_cpus_of_the_affinity_mask) {
  auto const m = must_discover("");
  EXPECT_TRUE(m.is_this_machine());
  EXPECT_EQ(m.source(), source_kind::this_machine);
  EXPECT_EQ(allowed_os(m), affinity());
  EXPECT_GE(m.default_workers(), 1U);
  EXPECT_LE(m.default_workers(), m.allowed_pus().size());
  EXPECT_FALSE(m.architecture().empty());
}

TEST(topology_here, the_fake_root_is_read_instead_of_the_real_one) {
  scratch_folder root;
  root.write("proc/self/mountinfo", "30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
  root.write("proc/self/cgroup", "0::/\n");
  root.write("cg/cpu.max", "1 100000\n");
  auto const m = discover({.cgroup_root = root.path()});
  ASSERT_TRUE(m);
  ASSERT_TRUE(m->quota().limit);
  EXPECT_EQ(m->default_workers(), 1U);
}

TEST(topology_here, a_thread_bound_by_us_is_where_we_said) {
  auto const m = must_discover("");
  on_a_thread([&] {
    for (unsigned const p : m.allowed_pus()) {
      auto const outcome = m.bind_this_thread(p);
      ASSERT_TRUE(outcome) << outcome.reason;
      EXPECT_EQ(affinity(), std::vector<unsigned>{m.pus()[p].os_index});
      EXPECT_EQ(m.current_pu(), p);
      EXPECT_EQ(sched_getcpu(), static_cast<int>(m.pus()[p].os_index));
    }
    auto const outcome = m.unbind_this_thread();
    ASSERT_TRUE(outcome) << outcome.reason;
    EXPECT_EQ(affinity(), allowed_os(m));
  });
}

TEST(topology_here, a_narrow_mask_is_seen_and_changes_no_fingerprint) {
  auto const m = must_discover("");
  on_a_thread([&] {
    auto const last = m.allowed_pus().back();
    ASSERT_TRUE(m.bind_this_thread(last));
    auto const narrow = must_discover("");
    EXPECT_EQ(narrow.allowed_pus(), std::vector<unsigned>{last});
    EXPECT_EQ(narrow.pus().size(), m.pus().size());
    EXPECT_EQ(narrow.default_workers(), 1U);
    EXPECT_EQ(narrow.place(3), (std::vector<unsigned>{last, last, last}));
    EXPECT_EQ(narrow.fingerprint(), m.fingerprint());
  });
}

TEST(topology_here, survives_export_and_loading_but_is_then_not_this_machine) {
  scratch_folder scratch;
  auto const m = must_discover("");
  auto const again = must_discover("xml:" + scratch.write("here.xml", m.export_xml().value()));
  EXPECT_EQ(again.description(), m.description());
  EXPECT_EQ(again.allowed_pus(), m.allowed_pus());
  EXPECT_FALSE(again.is_this_machine());
  on_a_thread([&] {
    auto const before = affinity();
    EXPECT_EQ(again.bind_this_thread(0).status, bind_outcome::status_kind::not_this_machine);
    EXPECT_EQ(affinity(), before);
  });
}

TEST(topology_here, what_does_not_exist_is_refused_by_name) {
  auto const m = must_discover("");
  auto const pu = m.bind_this_thread(static_cast<unsigned>(m.pus().size()));
  EXPECT_EQ(pu.status, bind_outcome::status_kind::failed);
  EXPECT_NE(pu.reason.find("PU " + std::to_string(m.pus().size())), std::string::npos) << pu.reason;
  int word = 0;
  auto const node = m.bind_memory(&word, sizeof word, 100'000);
  EXPECT_EQ(node.status, bind_outcome::status_kind::failed);
  EXPECT_NE(node.reason.find("100000"), std::string::npos) << node.reason;
}

TEST(topology_here, memory_prefers_its_node) {
  auto const m = must_discover("");
  auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto const size = 4 * page;
  void* const range = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(range, MAP_FAILED);
  // What policy Linux holds for an address: get_mempolicy with MPOL_F_ADDR (2).
  auto const policy_at = [](void* address) {
    int policy = -1;
    unsigned long nodes[16] = {};
    if (syscall(SYS_get_mempolicy, &policy, nodes, 1024UL, address, 2UL) != 0) policy = -1;
    return std::pair(policy, nodes[0]);
  };
  if (policy_at(range).first == -1) {
    munmap(range, size);
    GTEST_SKIP() << "this kernel tells no memory policy";
  }
  ASSERT_EQ(policy_at(range).first, 0);  // MPOL_DEFAULT
  auto const last = static_cast<unsigned>(m.nodes().size() - 1);
  ASSERT_TRUE(m.bind_memory(range, 0, last));
  EXPECT_EQ(policy_at(range).first, 0);
  auto const outcome = m.bind_memory(static_cast<char*>(range) + page, page + 1, last);
  ASSERT_TRUE(outcome) << outcome.reason;
  EXPECT_EQ(policy_at(range).first, 0);  // before the range
  for (std::size_t const n : {1U, 2U}) {
    auto const [policy, nodes] = policy_at(static_cast<char*>(range) + n * page);
    EXPECT_TRUE(policy == 1 || policy == 5) << policy;  // MPOL_PREFERRED or MPOL_PREFERRED_MANY
    EXPECT_EQ(nodes, 1UL << m.nodes()[last].os_index);
  }
  EXPECT_EQ(policy_at(static_cast<char*>(range) + 3 * page).first, 0);  // after it
  munmap(range, size);
}

TEST(topology_here, memory_that_is_not_mapped_is_a_reason_not_a_crash) {
  auto const m = must_discover("");
  auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const range = mmap(nullptr, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(range, MAP_FAILED);
  munmap(range, page);
  auto const outcome = m.bind_memory(range, page, 0);
  EXPECT_EQ(outcome.status, bind_outcome::status_kind::failed);
  EXPECT_FALSE(outcome.reason.empty());
}

}  // namespace
}  // namespace stealyard::topology::testing
