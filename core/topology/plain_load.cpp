// plain_load: discovery for builds without hwloc (STEALYARD_NO_HWLOC; AArch64 cross builds): the allowed CPUs as one flat
// node. Knows no caches, no distances, loads no files, and says so.
#include <sched.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstring>

#include "core/topology/machine_data.hpp"
#include "core/topology/quote.hpp"

namespace stealyard::topology {
namespace {

constexpr std::size_t mask_cpus = 2 * max_pus;  // the kernel refuses a mask smaller than its own

struct free_mask {
  void operator()(cpu_set_t* mask) const { CPU_FREE(mask); }
};
using mask_ptr = std::unique_ptr<cpu_set_t, free_mask>;

mask_ptr empty_mask() {
  mask_ptr mask(CPU_ALLOC(mask_cpus));
  CPU_ZERO_S(CPU_ALLOC_SIZE(mask_cpus), mask.get());
  return mask;
}

class plain_backend final : public backend {
 public:
  bind_outcome bind_thread(std::vector<unsigned> const& os_pus) const override {
    auto const mask = empty_mask();
    for (unsigned const index : os_pus) CPU_SET_S(index, CPU_ALLOC_SIZE(mask_cpus), mask.get());
    if (sched_setaffinity(0, CPU_ALLOC_SIZE(mask_cpus), mask.get()) == 0) return {};
    return {bind_outcome::status_kind::failed, "binding this thread: " + std::string(std::strerror(errno))};
  }
  bind_outcome bind_memory(void*, std::size_t, unsigned) const override {
    return {bind_outcome::status_kind::unsupported, "built without hwloc: memory is not bound"};
  }
  std::optional<unsigned> current_os_pu() const override {
    int const cpu = sched_getcpu();
    if (cpu < 0) return std::nullopt;
    return static_cast<unsigned>(cpu);
  }
  result<std::string> export_xml() const override { return error{error_kind::usage, "built without hwloc: no XML can be exported"}; }
};

}  // namespace

result<std::unique_ptr<machine_data>> load(load_request const& request) {
  if (request.source != source_kind::this_machine)
    return error{error_kind::usage, "topology " + quote(request.origin) + ": built without hwloc, only this machine is known"};
  auto const mask = empty_mask();
  if (sched_getaffinity(0, CPU_ALLOC_SIZE(mask_cpus), mask.get()) != 0)
    return error{error_kind::system, "the allowed CPUs cannot be read: " + std::string(std::strerror(errno))};

  auto data = std::make_unique<machine_data>();
  data->is_this_machine = true;
  if (utsname about{}; uname(&about) == 0) data->architecture = about.machine;
  data->packages.emplace_back();
  data->nodes.push_back({0, 0, 0, {}});
  for (unsigned cpu = 0; cpu < mask_cpus; ++cpu) {
    if (CPU_ISSET_S(cpu, CPU_ALLOC_SIZE(mask_cpus), mask.get()) == 0) continue;
    auto const index = static_cast<unsigned>(data->pus.size());
    data->pus.push_back({.os_index = cpu, .core = index, .package = 0, .node = 0, .allowed = true});
    data->cores.push_back({none, {index}});
    data->packages[0].pus.push_back(index);
    data->nodes[0].pus.push_back(index);
  }
  data->os = std::make_unique<plain_backend>();
  return data;
}

}  // namespace stealyard::topology
