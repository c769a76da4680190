// hwloc_load: the only file that sees hwloc. Copies what hwloc found into machine_data and keeps the topology for binding.
//
// Against silent fall-backs: the way in is set explicitly, every return value is looked at, descriptions are tried in a
// child first, what was loaded is compared with what was asked for, and complete() checks that it makes sense.
#include <hwloc.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "core/topology/machine_data.hpp"
#include "core/topology/quote.hpp"
#include "core/topology/trial.hpp"

namespace stealyard::topology {
namespace {

struct destroy {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
using handle = std::unique_ptr<hwloc_topology, destroy>;

struct free_bitmap {
  void operator()(hwloc_bitmap_s* set) const { hwloc_bitmap_free(set); }
};
using bitmap = std::unique_ptr<hwloc_bitmap_s, free_bitmap>;
bitmap new_bitmap() { return bitmap(hwloc_bitmap_alloc()); }

bind_outcome failed(std::string what) { return {bind_outcome::status_kind::failed, std::move(what) + ": " + std::strerror(errno)}; }

class hwloc_backend final : public backend {
 public:
  explicit hwloc_backend(handle topology) : topology_(std::move(topology)) {}

  bind_outcome bind_thread(std::vector<unsigned> const& os_pus) const override {
    auto const set = new_bitmap();
    for (unsigned const index : os_pus) hwloc_bitmap_set(set.get(), index);
    if (hwloc_set_cpubind(topology_.get(), set.get(), HWLOC_CPUBIND_THREAD) == 0) return {};
    return failed(os_pus.size() == 1 ? "binding to PU " + std::to_string(os_pus[0]) + " (OS number)" : "unbinding");
  }

  bind_outcome bind_memory(void* begin, std::size_t bytes, unsigned os_node) const override {
    auto const set = new_bitmap();
    hwloc_bitmap_set(set.get(), os_node);
    // Without STRICT this is "preferred": a full node spills over and nobody is killed for want of memory.
    if (hwloc_set_area_membind(topology_.get(), begin, bytes, set.get(), HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BYNODESET) == 0) return {};
    return failed("binding memory to NUMA node " + std::to_string(os_node) + " (OS number)");
  }

  std::optional<unsigned> current_os_pu() const override {
    auto const set = new_bitmap();
    if (hwloc_get_last_cpu_location(topology_.get(), set.get(), HWLOC_CPUBIND_THREAD) != 0) return std::nullopt;
    int const first = hwloc_bitmap_first(set.get());
    if (first < 0) return std::nullopt;
    return static_cast<unsigned>(first);
  }

  result<std::string> export_xml() const override {
    char* buffer = nullptr;
    int length = 0;
    if (hwloc_topology_export_xmlbuffer(topology_.get(), &buffer, &length, 0) != 0)
      return error{error_kind::system, "hwloc could not export the topology: " + std::string(std::strerror(errno))};
    std::string text(buffer);  // the length counts the terminating zero
    hwloc_free_xmlbuffer(topology_.get(), buffer);
    return text;
  }

 private:
  handle topology_;
};

// Copies one hwloc topology. Objects get dense indexes in the order in which PUs first meet them, so that odd XML
// (one type at several depths) needs no special case.
class reader {
 public:
  reader(hwloc_topology_t topology, machine_data& data) : topology_(topology), data_(data) {}

  std::optional<std::string> read() {
    auto const* root = hwloc_get_root_obj(topology_);
    if (char const* name = hwloc_obj_get_info_by_name(const_cast<hwloc_obj_t>(root), "Architecture")) data_.architecture = name;
    for (hwloc_obj_t one = nullptr; (one = hwloc_get_next_obj_by_type(topology_, HWLOC_OBJ_PU, one)) != nullptr;) {
      if (one->cpuset == nullptr || hwloc_bitmap_weight(one->cpuset) != 1 || hwloc_bitmap_isset(one->cpuset, one->os_index) == 0)
        return "has a PU with OS number " + std::to_string(one->os_index) + " whose cpuset says otherwise";
      read_pu(one);
    }
    read_nodes();
    read_distances();
    return std::nullopt;
  }

 private:
  template <class Group>
  unsigned index_of(std::vector<Group>& groups, hwloc_obj_t object, Group fresh) {
    auto const [place, is_new] = index_.emplace(object, static_cast<unsigned>(groups.size()));
    if (is_new) groups.push_back(std::move(fresh));
    groups[place->second].pus.push_back(static_cast<unsigned>(data_.pus.size()));
    return place->second;
  }

  void read_pu(hwloc_obj_t object) {
    pu one;
    one.os_index = object->os_index;
    one.allowed = hwloc_bitmap_isset(hwloc_topology_get_allowed_cpuset(topology_), object->os_index) != 0;
    for (hwloc_obj_t above = object->parent; above != nullptr; above = above->parent) {
      if (above->type == HWLOC_OBJ_CORE && one.core == none)
        one.core = index_of(data_.cores, above, core{above->os_index, {}});
      else if (above->type == HWLOC_OBJ_PACKAGE && one.package == none)
        one.package = index_of(data_.packages, above, package{above->os_index, model_of(above), {}});
      else if (hwloc_obj_type_is_cache(above->type) != 0)
        read_cache(above, one);
    }
    // Synthetic machines may leave out cores and packages: then each PU is a core, and all of them one package.
    if (one.core == none) one.core = index_of(data_.cores, object, core{});
    if (one.package == none) one.package = index_of(data_.packages, nullptr, package{none, model_of(nullptr), {}});
    one.smt_rank = static_cast<unsigned>(data_.cores[one.core].pus.size() - 1);
    data_.pus.push_back(one);
  }

  void read_cache(hwloc_obj_t object, pu& below) {
    auto const& about = object->attr->cache;
    auto const kind = about.type == HWLOC_OBJ_CACHE_DATA          ? cache_kind::data
                      : about.type == HWLOC_OBJ_CACHE_INSTRUCTION ? cache_kind::instruction
                                                                  : cache_kind::unified;
    auto const index = index_of(data_.caches, object, cache{about.depth, kind, about.size, about.linesize, about.associativity, {}});
    if (kind == cache_kind::instruction) return;
    if (about.depth == 2) below.l2 = index;
    if (about.depth == 3) below.l3 = index;
  }

  std::string model_of(hwloc_obj_t of_package) const {
    for (hwloc_obj_t object : {of_package, hwloc_get_root_obj(topology_)})
      if (object != nullptr)
        if (char const* name = hwloc_obj_get_info_by_name(object, "CPUModel")) return name;
    return "";
  }

  // A PU may be local to several nodes (fast memory beside ordinary memory): the one with the fewest PUs is nearest, and
  // of equals the first, which is the ordinary one.
  void read_nodes() {
    for (hwloc_obj_t one = nullptr; (one = hwloc_get_next_obj_by_type(topology_, HWLOC_OBJ_NUMANODE, one)) != nullptr;) {
      numa_node node{one->os_index, one->attr->numanode.local_memory, none, {}};
      bool several = false;
      for (unsigned i = 0; i < data_.pus.size(); ++i) {
        if (hwloc_bitmap_isset(one->cpuset, data_.pus[i].os_index) == 0) continue;
        node.pus.push_back(i);
        several |= node.package != none && node.package != data_.pus[i].package;
        node.package = data_.pus[i].package;
      }
      if (several) node.package = none;
      index_.emplace(one, static_cast<unsigned>(data_.nodes.size()));
      data_.nodes.push_back(std::move(node));
    }
    for (unsigned n = 0; n < data_.nodes.size(); ++n)
      for (unsigned const index : data_.nodes[n].pus) {
        auto& nearest = data_.pus[index].node;
        if (nearest == none || data_.nodes[n].pus.size() < data_.nodes[nearest].pus.size()) nearest = n;
      }
  }

  // Only a latency matrix over all nodes counts: a partial one cannot be mixed with guesses, and bandwidth runs the other way.
  void read_distances() {
    unsigned count = 1;
    hwloc_distances_s* matrix = nullptr;
    if (hwloc_distances_get_by_type(topology_, HWLOC_OBJ_NUMANODE, &count, &matrix, HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) != 0 ||
        count == 0)
      return;
    auto const nodes = data_.nodes.size();
    if (matrix->nbobjs == nodes) {
      data_.distances = {distance_source::reported, std::vector<std::uint64_t>(nodes * nodes)};
      for (std::size_t a = 0; a < nodes; ++a)
        for (std::size_t b = 0; b < nodes; ++b)
          data_.distances.values[index_.at(matrix->objs[a]) * nodes + index_.at(matrix->objs[b])] = matrix->values[a * nodes + b];
    }
    hwloc_distances_release(topology_, matrix);
  }

  hwloc_topology_t topology_;
  machine_data& data_;
  std::map<hwloc_obj_t, unsigned> index_;
};

bool set_in_environment(char const* name) {
  char const* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

error wrong(std::string reason) { return {error_kind::usage, std::move(reason)}; }
error refused(std::string what) { return {error_kind::system, std::move(what) + ": " + std::strerror(errno)}; }

// What is wrong with a description that hwloc does not take. Its own reasons go to stderr or nowhere.
error not_a_machine(load_request const& request) {
  if (request.source == source_kind::xml)
    return wrong("topology file " + quote(request.origin) + " is not a complete and consistent hwloc XML file");
  return wrong("synthetic topology " + quote(request.origin) +
               " is not understood by hwloc; expected for example 'pack:2 numa:1 core:4 pu:2'");
}

// Sets the way in explicitly and loads. False: hwloc says that it is no machine.
bool configure_and_load(hwloc_topology_t topology, load_request const& request) {
  // The whole machine, so that its fingerprint does not depend on what this process may use of it.
  hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
  if (request.source == source_kind::xml &&
      hwloc_topology_set_xmlbuffer(topology, request.text.c_str(), static_cast<int>(request.text.size() + 1)) != 0)
    return false;
  if (request.source == source_kind::synthetic && hwloc_topology_set_synthetic(topology, request.text.c_str()) != 0) return false;
  return hwloc_topology_load(topology) == 0;
}

std::optional<error> try_first(load_request const& request) {
  auto const outcome = try_in_a_child([&] {
    // hwloc's own consistency checks: assertions, so only for a child. What it makes itself needs none.
    if (request.source == source_kind::xml) ::setenv("HWLOC_DEBUG_CHECK", "1", 1);
    hwloc_topology_t topology = nullptr;
    return hwloc_topology_init(&topology) == 0 && configure_and_load(topology, request);
  });
  if (outcome == trial_outcome::failed) return not_a_machine(request);
  if (outcome == trial_outcome::not_possible) return refused("no process to check topology " + quote(request.origin) + " in");
  return std::nullopt;
}

// That what was loaded is of the kind that was asked for.
std::optional<error> mistaken_identity(hwloc_topology_t topology, load_request const& request) {
  if (hwloc_topology_is_thissystem(topology) == 0) return std::nullopt;
  if (request.source != source_kind::this_machine)
    return wrong(quote(request.origin) + " was loaded as this machine (is HWLOC_THISSYSTEM set?); a loaded topology never is");
  for (char const* name : {"HWLOC_FSROOT", "HWLOC_CPUID_PATH"})
    if (set_in_environment(name))
      return wrong(std::string(name) + "=" + quote(std::getenv(name)) + " describes no machine: hwloc fell back to this one");
  return std::nullopt;
}

// The cpuset of the control group is in hwloc's allowed set already; the affinity mask is not.
std::optional<error> restrict_to_affinity(hwloc_topology_t topology) {
  auto const mask = new_bitmap();
  if (hwloc_get_cpubind(topology, mask.get(), HWLOC_CPUBIND_THREAD) != 0) return std::nullopt;  // cannot be told: no restriction
  hwloc_bitmap_and(mask.get(), mask.get(), hwloc_topology_get_allowed_cpuset(topology));
  if (hwloc_bitmap_iszero(mask.get()) != 0 || hwloc_topology_allow(topology, mask.get(), nullptr, HWLOC_ALLOW_FLAG_CUSTOM) != 0)
    return error{error_kind::system, "this process is allowed no CPU that hwloc knows"};
  return std::nullopt;
}

}  // namespace

result<std::unique_ptr<machine_data>> load(load_request const& request) {
  bool const foreign = request.source != source_kind::this_machine;
  if (foreign)
    if (auto problem = try_first(request)) return *problem;

  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return refused("hwloc could not start");
  handle topology(raw);
  if (!configure_and_load(raw, request)) return foreign ? not_a_machine(request) : refused("hwloc could not discover this machine");
  if (auto problem = mistaken_identity(raw, request)) return *problem;

  auto data = std::make_unique<machine_data>();
  data->is_this_machine = !foreign && hwloc_topology_is_thissystem(raw) != 0;
  if (data->is_this_machine)
    if (auto problem = restrict_to_affinity(raw)) return *problem;
  if (auto problem = reader(raw, *data).read()) return wrong("topology " + quote(request.origin) + " " + *problem);
  data->os = std::make_unique<hwloc_backend>(std::move(topology));
  return data;
}

}  // namespace stealyard::topology
