// CPU quotas, from fake cgroup roots.
#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

char const* const v2_mount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
char const* const v1_mount = "33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";
std::string const v1_folder = "sys/fs/cgroup/cpu,cpuacct";

class quota : public ::testing::Test {
 protected:
  scratch_folder root_;

  void groups(std::string const& mountinfo, std::string const& cgroup) {
    root_.write("proc/self/mountinfo", mountinfo);
    root_.write("proc/self/cgroup", cgroup);
  }
  void v1(std::string const& group, std::string const& quota_us, std::string const& period_us) {
    root_.write(v1_folder + group + "/cpu.cfs_quota_us", quota_us + "\n");
    root_.write(v1_folder + group + "/cpu.cfs_period_us", period_us + "\n");
  }
  void v2(std::string const& group, std::string const& line) { root_.write("sys/fs/cgroup" + group + "/cpu.max", line + "\n"); }

  quota_reading read() {
    auto reading = read_cpu_quota(root_.path());
    return reading;
  }
  void expect_limit(std::uint64_t quota_us, std::uint64_t period_us) {
    auto const reading = read();
    EXPECT_TRUE(reading.problems.empty()) << reading.problems[0];
    ASSERT_TRUE(reading.limit);
    EXPECT_EQ(reading.limit->quota_us, quota_us);
    EXPECT_EQ(reading.limit->period_us, period_us);
  }
  void expect_none() {
    auto const reading = read();
    EXPECT_TRUE(reading.problems.empty()) << reading.problems[0];
    EXPECT_FALSE(reading.limit) << reading.limit->file;
  }
  void expect_problem(std::string const& quoting) {
    auto const reading = read();
    EXPECT_FALSE(reading.limit);
    ASSERT_EQ(reading.problems.size(), 1U);
    EXPECT_NE(reading.problems[0].find(quoting), std::string::npos) << reading.problems[0];
  }
};

TEST_F(quota, no_files_no_limit) { expect_none(); }

TEST_F(quota, v2) {
  groups(v2_mount, "0::/user/job\n");
  v2("/user/job", "150000 100000");
  expect_limit(150000, 100000);
  v2("/user/job", "max 100000");
  expect_none();
}

TEST_F(quota, v2_the_tightest_ancestor_binds) {
  groups(v2_mount, "0::/user/job\n");
  v2("/user/job", "300000 100000");
  v2("/user", "50000 50000");
  v2("", "max 100000");
  expect_limit(50000, 50000);
  v2("/user/job/child", "1000 100000");  // below us: no concern of ours
  v2("/other", "1000 100000");
  expect_limit(50000, 50000);
}

TEST_F(quota, v1) {
  groups(v1_mount, "4:memory:/elsewhere\n3:cpu,cpuacct:/job\n");
  v1("/job", "250000", "100000");
  expect_limit(250000, 100000);
  v1("/job", "-1", "100000");
  expect_none();
  v1("", "80000", "100000");
  expect_limit(80000, 100000);
}

TEST_F(quota, v1_and_v2_side_by_side) {
  groups(std::string(v1_mount) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "1:cpu,cpuacct:/job\n0::/job\n");
  v1("/job", "250000", "100000");
  root_.write("sys/fs/cgroup/unified/job/cpu.max", "100000 100000\n");
  expect_limit(100000, 100000);
  v1("/job", "20000", "100000");
  expect_limit(20000, 100000);
}

TEST_F(quota, a_container_sees_its_own_group_as_the_mount_point) {
  groups("33 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n", "3:cpu,cpuacct:/docker/abc\n");
  v1("", "120000", "100000");
  expect_limit(120000, 100000);
  groups("33 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n", "3:cpu,cpuacct:/docker/abc/inner\n");
  v1("/inner", "60000", "100000");
  expect_limit(60000, 100000);
}

TEST_F(quota, a_group_outside_the_namespace_leaves_the_mount_point) {
  groups(v2_mount, "0::/../outside\n");
  v2("", "70000 100000");
  root_.write("sys/fs/outside/cpu.max", "1000 100000\n");  // what the name would lead to
  expect_limit(70000, 100000);
}

TEST_F(quota, mount_points_with_spaces) {
  groups("30 23 0:26 / /sys/fs/c\\040group rw - cgroup2 cgroup2 rw\n", "0::/\n");
  root_.write("sys/fs/c group/cpu.max", "90000 100000\n");
  expect_limit(90000, 100000);
}

TEST_F(quota, other_controllers_do_not_count) {
  groups("33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpuset\n", "3:cpuset:/\n");
  v1("", "10000", "100000");
  expect_none();
}

TEST_F(quota, what_does_not_read_is_shown_and_limits_nothing) {
  groups(v2_mount, "0::/\n");
  for (char const* line : {"", "max", "fast 100000", "100000", "0 100000", "100000 0", "-1 100000", "1.5 100000", "100000 100000 1",
                           "99999999999999999999 100000"}) {
    v2("", line);
    expect_problem(std::string("'") + line + "'");
  }
}

TEST_F(quota, v1_that_does_not_read) {
  groups(v1_mount, "3:cpu,cpuacct:/\n");
  v1("", "garbage", "100000");
  expect_problem("'garbage'");
  v1("", "100000", "0");
  expect_problem("'0'");
  v1("", "-2", "100000");
  expect_problem("'-2'");
}

TEST_F(quota, lines_that_are_no_lines) {
  groups("\n - \nshort - cgroup2\n1 2 3 4 5 6 - \n", "\n:\n::\n0:\n");
  expect_none();
}

TEST_F(quota, default_workers_round_up_and_never_exceed_the_allowed) {
  groups(v2_mount, "0::/\n");
  auto const workers = [&](std::string const& line, std::string const& topology) {
    v2("", line);
    auto const found = discover({.topology = topology, .cgroup_root = root_.path()});
    return found.value().default_workers();
  };
  EXPECT_EQ(workers("150000 100000", "synthetic:core:4 pu:2"), 2U);
  EXPECT_EQ(workers("200000 100000", "synthetic:core:4 pu:2"), 2U);
  EXPECT_EQ(workers("200001 100000", "synthetic:core:4 pu:2"), 3U);
  EXPECT_EQ(workers("1000 100000", "synthetic:core:4 pu:2"), 1U);
  EXPECT_EQ(workers("10000000 100000", "synthetic:core:4 pu:2"), 8U);
  EXPECT_EQ(workers("max 100000", "synthetic:core:4 pu:2"), 8U);
  EXPECT_EQ(workers("18446744073709551615 1", "synthetic:core:4 pu:2"), 8U);
  EXPECT_EQ(workers("300000 100000", "xml:" + machine_file("partly_allowed.xml")), 3U);
  EXPECT_EQ(workers("500000 100000", "xml:" + machine_file("partly_allowed.xml")), 4U);
}

TEST_F(quota, property_workers_are_the_smallest_number_that_can_use_the_quota) {
  EXPECT_TRUE(rc::check("(n - 1) periods < quota <= n periods", [&] {
    cpu_quota const limit{*rc::gen::inRange<std::uint64_t>(1, 10'000'000), *rc::gen::inRange<std::uint64_t>(1, 1'000'000), ""};
    auto const n = limit.cpus_rounded_up();
    RC_ASSERT(n >= 1U);
    RC_ASSERT(n * limit.period_us >= limit.quota_us);
    RC_ASSERT((n - 1) * limit.period_us < limit.quota_us);
  }));
}

}  // namespace
}  // namespace stealyard::topology::testing
