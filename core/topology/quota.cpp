#include "core/topology/quota.hpp"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

#include "core/topology/quote.hpp"

namespace stealyard::topology {
namespace {

struct cgroup_mount {
  bool unified = false;     // cgroup v2
  std::string group_root;   // the group that the mount point shows (not "/" inside most containers)
  std::string mount_point;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

bool lists(std::string_view comma_separated, std::string_view wanted) {
  for (auto const& item : split(comma_separated, ','))
    if (item == wanted) return true;
  return false;
}

// The kernel writes space, tab, newline and backslash in paths of mountinfo as \ooo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      unsigned code = 0;
      auto const* first = text.data() + i + 1;
      if (auto [end, failure] = std::from_chars(first, first + 3, code, 8); failure == std::errc{} && end == first + 3) {
        plain += static_cast<char>(code);
        i += 3;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

// A line is: id parent major:minor root mount_point options [optional fields] - type source super_options
std::vector<cgroup_mount> cgroup_mounts(std::string const& root) {
  std::vector<cgroup_mount> mounts;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    auto const dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    auto const before = split(std::string_view(line).substr(0, dash), ' ');
    auto const after = split(std::string_view(line).substr(dash + 3), ' ');
    if (before.size() < 6 || after.empty()) continue;
    bool const unified = after[0] == "cgroup2";
    bool const cpu_v1 = after[0] == "cgroup" && after.size() >= 3 && lists(after[2], "cpu");
    if (unified || cpu_v1) mounts.push_back({unified, unescape(before[3]), unescape(before[4])});
  }
  return mounts;
}

// A line is: hierarchy:controllers:path; the v2 line is 0::path.
std::optional<std::string> own_group(std::string const& root, bool unified) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    auto const first = line.find(':');
    if (first == std::string::npos) continue;
    auto const second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    auto const controllers = std::string_view(line).substr(first + 1, second - first - 1);
    if (unified ? line.starts_with("0::") : lists(controllers, "cpu")) return line.substr(second + 1);
  }
  return std::nullopt;
}

// The group's folder below the mount point, "" for the mount point itself. A group outside what is mounted here
// (seen as /.. from a cgroup namespace) leaves only the mount point to look at.
std::string below_mount(std::string const& group, std::string const& group_root) {
  if (group.starts_with("/..")) return "";
  std::string const prefix = group_root == "/" ? "" : group_root;
  if (!group.starts_with(prefix)) return "";
  std::string rest = group.substr(prefix.size());
  if (!rest.empty() && rest.front() != '/') return "";
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  return rest;
}

std::optional<std::string> first_line(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::uint64_t> positive(std::string_view text) {
  std::uint64_t number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

void keep_tighter(quota_reading& reading, cpu_quota found) {
  if (!reading.limit || found.cpus() < reading.limit->cpus()) reading.limit = std::move(found);
}

void look_at_v2(quota_reading& reading, std::string const& folder) {
  std::string const file = folder + "/cpu.max";
  auto const line = first_line(file);
  if (!line) return;
  auto const words = split(*line, ' ');
  if (words.size() == 2 && words[0] == "max" && positive(words[1])) return;
  auto const quota = words.size() == 2 ? positive(words[0]) : std::nullopt;
  auto const period = words.size() == 2 ? positive(words[1]) : std::nullopt;
  if (quota && period)
    keep_tighter(reading, {*quota, *period, file});
  else
    reading.problems.push_back(file + ": " + quote(*line) + " is not a quota (expected 'max PERIOD' or 'QUOTA PERIOD' in microseconds)");
}

void look_at_v1(quota_reading& reading, std::string const& folder) {
  std::string const file = folder + "/cpu.cfs_quota_us";
  auto const line = first_line(file);
  if (!line || *line == "-1") return;
  auto const period_line = first_line(folder + "/cpu.cfs_period_us");
  auto const quota = positive(*line);
  auto const period = period_line ? positive(*period_line) : std::nullopt;
  if (quota && period)
    keep_tighter(reading, {*quota, *period, file});
  else
    reading.problems.push_back(file + ": " + quote(*line) + " with period " + quote(period_line.value_or("")) +
                               " is not a quota (expected -1, or microseconds and a period)");
}

}  // namespace

quota_reading read_cpu_quota(std::string const& root) {
  quota_reading reading;
  for (auto const& mount : cgroup_mounts(root)) {
    auto const group = own_group(root, mount.unified);
    if (!group) continue;
    std::string const top = root + mount.mount_point;
    std::string folder = top + below_mount(*group, mount.group_root);
    for (;;) {  // a limit on any ancestor binds as much as one's own
      mount.unified ? look_at_v2(reading, folder) : look_at_v1(reading, folder);
      if (folder.size() <= top.size()) break;
      folder.resize(folder.rfind('/'));
    }
  }
  return reading;
}

}  // namespace stealyard::topology
