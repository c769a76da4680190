// machine_data: what a machine handle points at, and the seam between it and whatever discovered it. Internal to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/topology/topology.hpp"

namespace stealyard::topology {

/// Acts on the operating system. Everything here is in OS numbers; ranges have been checked by the caller.
class backend {
 public:
  backend() = default;
  backend(backend const&) = delete;
  backend& operator=(backend const&) = delete;
  virtual ~backend() = default;
  virtual bind_outcome bind_thread(std::vector<unsigned> const& os_pus) const = 0;
  virtual bind_outcome bind_memory(void* begin, std::size_t bytes, unsigned os_node) const = 0;
  virtual std::optional<unsigned> current_os_pu() const = 0;
  virtual result<std::string> export_xml() const = 0;
};

struct machine_data {
  source_kind source = source_kind::this_machine;
  std::string origin;
  bool is_this_machine = false;
  std::string architecture;
  std::vector<pu> pus;
  std::vector<core> cores;
  std::vector<package> packages;
  std::vector<numa_node> nodes;
  std::vector<cache> caches;
  node_distances distances;
  std::unique_ptr<backend> os;

  // Filled by complete(): consequences of the above.
  std::vector<unsigned> allowed;
  std::vector<unsigned> node_cost;  // scaled and symmetric, nodes squared
  quota_reading quota;
};

/// What to load, once the option string is understood. For xml, `text` is the file's content and `origin` its name.
struct load_request {
  source_kind source = source_kind::this_machine;
  std::string origin;
  std::string text;
};

/// The one thing a discovery has to provide: hwloc_load.cpp, or plain_load.cpp in builds without hwloc.
/// Leaves `allowed`, `node_cost` and `quota` to complete(), and `distances` empty when none are reported.
result<std::unique_ptr<machine_data>> load(load_request const& request);

/// Checks what was loaded for consistency, derives distances where none were reported. Nothing: all is well.
std::optional<error> complete(machine_data& data);

}  // namespace stealyard::topology
