// topology: the machine as the runtime sees it: packages, NUMA nodes, caches, cores, PUs (hardware threads), what this
// process may use of them, how far they are from one another, where to put workers, and binding.
//
// Everything is discovered once and then constant: a `machine` is a cheap handle on immutable data, safe to copy and to
// read from any thread. PUs, cores, nodes, packages and caches are named by dense indexes from 0, in the order of the
// hierarchy (neighbours are near); `os_index` is what the operating system calls them.
//
// This header needs no hwloc. Builds with STEALYARD_NO_HWLOC see a flat machine made from sched_getaffinity only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/topology/quota.hpp"
#include "core/topology/result.hpp"

namespace stealyard::topology {

/// Stands for "has none" wherever an index is expected (a PU without an L3, a node the OS gave no number).
inline constexpr unsigned none = ~0U;

/// More than this is refused as absurd: Linux itself knows at most 8192 CPUs and 1024 nodes.
inline constexpr unsigned max_pus = 8192;
inline constexpr unsigned max_nodes = 1024;

/// What to look at.
struct options {
  /// "" this machine; "xml:FILE" an hwloc XML file; "synthetic:STRING" as in "synthetic:pack:2 numa:1 core:4 pu:2".
  /// With "", the variables HWLOC_XMLFILE and HWLOC_SYNTHETIC are honoured, and held to the same checks.
  std::string topology = {};
  /// A folder to read the CPU quota from in place of "/" (for tests, or to give a loaded topology a quota).
  /// Without it, only this machine has a quota.
  std::string cgroup_root = {};
};

enum class source_kind { this_machine, xml, synthetic };
enum class cache_kind { unified, data, instruction };

/// How near two PUs are: the closest thing they share. Ordered, nearest first: the levels of stealing.
/// A level counts only inside one NUMA node up to `node`, so that an L3 that spans nodes does not make them near.
enum class level : std::uint8_t { self, smt, l2, l3, node, package, machine };
inline constexpr unsigned level_count = 7;

/// Where the distances between nodes come from. (What stealyard-probe --matrix measures between CPUs stands in a run's record.)
enum class distance_source { reported, derived };

/// How place() hands out PUs. compact: fill a core's PUs, then its neighbour's. scatter: as far apart as possible, packages
/// first, SMT siblings last. one_per_core (the default): neighbouring cores first, SMT siblings when all cores have a worker.
/// by_node: as one_per_core within a NUMA node, and the next node when all PUs of one have a worker: few workers stay together.
enum class placement { compact, scatter, one_per_core, by_node };

struct pu {
  unsigned os_index = none;
  unsigned core = none;     ///< index into cores(); never none
  unsigned package = none;  ///< index into packages(); never none
  unsigned node = none;     ///< the nearest NUMA node, index into nodes(); never none
  unsigned l2 = none;       ///< index into caches(), or none
  unsigned l3 = none;       ///< index into caches(), or none
  unsigned smt_rank = 0;    ///< 0 is the first PU of its core
  bool allowed = false;     ///< this process may run on it (affinity and cpuset, when discovery ran)
};
struct core {
  unsigned os_index = none;
  std::vector<unsigned> pus;
};
struct package {
  unsigned os_index = none;
  std::string model;  ///< of the CPU; "" if unknown
  std::vector<unsigned> pus;
};
struct numa_node {
  unsigned os_index = none;
  std::uint64_t memory_bytes = 0;
  unsigned package = none;    ///< none if it belongs to no one package
  std::vector<unsigned> pus;  ///< local ones; empty for a node of memory only
};
struct cache {
  unsigned level = 0;  ///< 1 to 5
  cache_kind kind = cache_kind::unified;
  std::uint64_t size_bytes = 0;  ///< 0 if unknown
  unsigned line_bytes = 0;       ///< 0 if unknown
  int associativity = 0;         ///< 0 if unknown, -1 fully associative
  std::vector<unsigned> pus;     ///< that share it
};
/// Node to node, row by row, nodes().size() squared. `values` is as reported (usually ACPI's: 10 is local), or
/// derived: 10 local, 15 in the same package, 20 elsewhere.
struct node_distances {
  distance_source source = distance_source::derived;
  std::vector<std::uint64_t> values;
};

/// Workers that are equally far from one of them.
struct steal_group {
  level how_near = level::self;  ///< of the nearest of them
  unsigned distance = 0;
  std::vector<unsigned> workers;  ///< indexes into the placement, ascending
};

/// What came of a request to bind. Only `bound` means that anything changed.
struct [[nodiscard]] bind_outcome {
  enum class status_kind { bound, not_this_machine, unsupported, failed };
  status_kind status = status_kind::bound;
  std::string reason = {};  ///< one line; empty if bound
  explicit operator bool() const noexcept { return status == status_kind::bound; }
};

struct machine_data;  // internal: core/topology/machine_data.hpp

class machine {
 public:
  explicit machine(std::shared_ptr<machine_data const> data);

  // What there is. All O(1), references valid as long as a copy of this machine lives.
  [[nodiscard]] source_kind source() const noexcept;
  [[nodiscard]] std::string const& origin() const noexcept;     ///< for a person: "this machine", the file, the string
  [[nodiscard]] bool is_this_machine() const noexcept;          ///< only then does binding do anything
  [[nodiscard]] std::string const& architecture() const noexcept;
  [[nodiscard]] std::vector<pu> const& pus() const noexcept;    ///< 1 to max_pus
  [[nodiscard]] std::vector<core> const& cores() const noexcept;
  [[nodiscard]] std::vector<package> const& packages() const noexcept;
  [[nodiscard]] std::vector<numa_node> const& nodes() const noexcept;  ///< 1 to max_nodes
  [[nodiscard]] std::vector<cache> const& caches() const noexcept;
  [[nodiscard]] std::vector<unsigned> const& allowed_pus() const noexcept;  ///< at least one, ascending
  [[nodiscard]] quota_reading const& quota() const noexcept;

  /// min(allowed PUs, CPU quota rounded up), at least 1. O(1).
  [[nodiscard]] unsigned default_workers() const noexcept;

  /// The closest thing two PUs share. Indexes below pus().size() (asserted). O(1).
  [[nodiscard]] level between(unsigned a, unsigned b) const noexcept;
  /// Relative distance of two PUs: 0 itself, 1 SMT siblings, 2 through L2, 5 through L3, 10 in one node; beyond it the
  /// node distance scaled so that local is 10, the larger of both directions, at least 11. Symmetric. O(1).
  [[nodiscard]] unsigned distance(unsigned a, unsigned b) const noexcept;
  [[nodiscard]] node_distances const& distances() const noexcept;

  /// The PU of each of `workers` workers (any number, 0 gives none), allowed PUs only; starts over when they run out.
  /// O(PUs log PUs + workers).
  [[nodiscard]] std::vector<unsigned> place(unsigned workers, placement policy = placement::one_per_core) const;

  /// Whom worker `thief` of a placement (a result of place()) finds at which distance, nearest first: the order in which a
  /// hierarchical thief robs. Everyone but the thief is in exactly one group. thief < placed.size() (asserted). O(n log n).
  [[nodiscard]] std::vector<steal_group> steal_order(std::vector<unsigned> const& placed, unsigned thief) const;

  /// Binds the calling thread to one PU. A PU out of range or refused by the OS is `failed`. One system call.
  /// Discovery sees a bound thread's narrow mask: unbind before discovering again.
  [[nodiscard]] bind_outcome bind_this_thread(unsigned pu) const;
  /// Gives the calling thread all PUs back that were allowed when this machine was discovered.
  [[nodiscard]] bind_outcome unbind_this_thread() const;
  /// Prefers `node` for pages of [begin, begin + bytes) not touched yet (whole pages: widened to page borders); full nodes
  /// spill over. Pages already touched stay where they are. bytes = 0 does nothing. One system call.
  [[nodiscard]] bind_outcome bind_memory(void* begin, std::size_t bytes, unsigned node) const;
  /// The PU the calling thread last ran on; nothing if this is not this machine or it cannot be told.
  [[nodiscard]] std::optional<unsigned> current_pu() const;

  /// 16 hexadecimal digits: equal for equal hardware (architecture, CPU model, PUs, caches, nodes, reported distances),
  /// whatever this process may use of it and however it was loaded. Amounts of memory do not count: they vary from boot
  /// to boot. Stable across runs and builds; not cryptographic. O(PUs).
  [[nodiscard]] std::string fingerprint() const;
  /// The text the fingerprint is made of: compare it where fingerprints differ.
  [[nodiscard]] std::string description() const;
  /// As hwloc XML, to be loaded again by "xml:FILE". An error in builds without hwloc.
  [[nodiscard]] result<std::string> export_xml() const;

 private:
  std::shared_ptr<machine_data const> data_;
};

/// Discovers or loads. Errors (kind usage): an unknown form of option, a synthetic string or XML file that is malformed,
/// unreadable, of another format, inconsistent, without PUs or absurdly large (max_pus, max_nodes). Never falls back to
/// another machine than asked for. Milliseconds here; up to seconds at thousands of PUs.
result<machine> discover(options const& wanted = {});

/// "compact", "scatter", "one_per_core", "by_node"; nothing for any other name.
std::optional<placement> parse_placement(std::string_view name);
std::string_view name_of(placement policy);
std::string_view name_of(level how_near);
std::string_view name_of(distance_source source);
std::string_view name_of(source_kind source);

}  // namespace stealyard::topology
