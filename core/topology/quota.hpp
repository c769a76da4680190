// quota: how much CPU time the control groups of this process allow, cgroup v1 and v2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stealyard::topology {

/// A limit: `quota_us` microseconds of CPU time in every `period_us` microseconds of wall time; both ≥ 1.
struct cpu_quota {
  std::uint64_t quota_us = 0;
  std::uint64_t period_us = 0;
  std::string file;  ///< the file that states it

  /// In CPUs, e.g. 1.5.
  [[nodiscard]] double cpus() const { return static_cast<double>(quota_us) / static_cast<double>(period_us); }
  /// The number of CPUs rounded up, without rounding errors; ≥ 1.
  [[nodiscard]] std::uint64_t cpus_rounded_up() const { return quota_us / period_us + (quota_us % period_us != 0 ? 1 : 0); }
};

/// What was found. `problems` names files that exist but do not read as they should (they then limit nothing):
/// they are shown, because a quota misread is a process throttled for a reason nobody sees.
struct quota_reading {
  std::optional<cpu_quota> limit;
  std::vector<std::string> problems;
};

/// Reads the tightest limit among this process's control group and all its ancestors that are visible here.
/// `root` is put before every path (/proc/self/cgroup, /proc/self/mountinfo, the mount points): "" is this machine,
/// a folder is a fake one for tests. No files at all means no limit, and no problem.
/// Reads one or two small files per ancestor; never throws but for want of memory.
quota_reading read_cpu_quota(std::string const& root = "");

}  // namespace stealyard::topology
