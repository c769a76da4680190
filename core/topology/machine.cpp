// machine: questions answered from the data, without the operating system where it is not needed.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/contract/assert.hpp"
#include "core/topology/machine_data.hpp"
#include "core/topology/quote.hpp"

namespace stealyard::topology {

machine::machine(std::shared_ptr<machine_data const> data) : data_(std::move(data)) {}

source_kind machine::source() const noexcept { return data_->source; }
std::string const& machine::origin() const noexcept { return data_->origin; }
bool machine::is_this_machine() const noexcept { return data_->is_this_machine; }
std::string const& machine::architecture() const noexcept { return data_->architecture; }
std::vector<pu> const& machine::pus() const noexcept { return data_->pus; }
std::vector<core> const& machine::cores() const noexcept { return data_->cores; }
std::vector<package> const& machine::packages() const noexcept { return data_->packages; }
std::vector<numa_node> const& machine::nodes() const noexcept { return data_->nodes; }
std::vector<cache> const& machine::caches() const noexcept { return data_->caches; }
std::vector<unsigned> const& machine::allowed_pus() const noexcept { return data_->allowed; }
quota_reading const& machine::quota() const noexcept { return data_->quota; }
node_distances const& machine::distances() const noexcept { return data_->distances; }

unsigned machine::default_workers() const noexcept {
  std::uint64_t workers = data_->allowed.size();
  if (auto const& limit = data_->quota.limit) workers = std::min(workers, limit->cpus_rounded_up());
  return static_cast<unsigned>(std::max<std::uint64_t>(workers, 1));
}

level machine::between(unsigned a, unsigned b) const noexcept {
  STEALYARD_ASSERT(a < data_->pus.size() && b < data_->pus.size(), "between(): a PU that does not exist");
  if (a == b) return level::self;
  auto const& one = data_->pus[a];
  auto const& other = data_->pus[b];
  if (one.node != other.node) return one.package == other.package ? level::package : level::machine;
  if (one.core == other.core) return level::smt;
  if (one.l2 != none && one.l2 == other.l2) return level::l2;
  if (one.l3 != none && one.l3 == other.l3) return level::l3;
  return level::node;
}

unsigned machine::distance(unsigned a, unsigned b) const noexcept {
  constexpr std::array<unsigned, 5> within_a_node{0, 1, 2, 5, 10};  // self, smt, l2, l3, node
  auto const how_near = between(a, b);
  if (how_near <= level::node) return within_a_node[static_cast<std::size_t>(how_near)];
  return data_->node_cost[data_->pus[a].node * data_->nodes.size() + data_->pus[b].node];
}

namespace {

// The groups a PU is in, outermost first, ending in itself. A PU without an L3 forms one group with its likes.
using path = std::array<unsigned, 6>;
path path_of(machine_data const& data, unsigned index) {
  auto const& one = data.pus[index];
  bool const nodes_span_packages = data.nodes.size() < data.packages.size();
  return {nodes_span_packages ? one.node : one.package, nodes_span_packages ? one.package : one.node, one.l3, one.l2, one.core, index};
}

// A PU's rank among its siblings at every level of its path, innermost first. Sorted by these, the first of every
// package come first, then the first of every further node, and SMT siblings last.
std::vector<std::pair<path, unsigned>> by_rank(machine_data const& data) {
  std::map<std::vector<unsigned>, std::map<unsigned, unsigned>> rank_in;  // group → its children in order of appearance
  std::vector<std::pair<path, unsigned>> ranked;
  for (unsigned const index : data.allowed) {
    auto const own = path_of(data, index);
    path ranks{};
    std::vector<unsigned> parent;
    for (std::size_t depth = 0; depth < own.size(); ++depth) {
      auto& siblings = rank_in[parent];
      ranks[own.size() - 1 - depth] = siblings.emplace(own[depth], static_cast<unsigned>(siblings.size())).first->second;
      parent.push_back(own[depth]);
    }
    ranked.emplace_back(ranks, index);
  }
  return ranked;
}

std::vector<unsigned> order_of(machine_data const& data, placement policy) {
  if (policy == placement::compact) return data.allowed;
  auto ranked = by_rank(data);
  if (policy == placement::scatter)
    std::sort(ranked.begin(), ranked.end());
  else if (policy == placement::by_node)
    std::sort(ranked.begin(), ranked.end(), [&](auto const& a, auto const& b) {
      return std::tuple(data.pus[a.second].node, a.first[0], a.second) < std::tuple(data.pus[b.second].node, b.first[0], b.second);
    });
  else  // one_per_core: only the rank within the core counts, the order of the hierarchy does the rest
    std::sort(ranked.begin(), ranked.end(),
              [](auto const& a, auto const& b) { return std::pair(a.first[0], a.second) < std::pair(b.first[0], b.second); });
  std::vector<unsigned> order;
  order.reserve(ranked.size());
  for (auto const& entry : ranked) order.push_back(entry.second);
  return order;
}

bind_outcome out_of_range(char const* thing, unsigned value, std::size_t count) {
  return {bind_outcome::status_kind::failed,
          std::string(thing) + " " + std::to_string(value) + " does not exist; this machine has 0 to " + std::to_string(count - 1)};
}

bind_outcome elsewhere(machine_data const& data) {
  return {bind_outcome::status_kind::not_this_machine,
          "topology " + quote(data.origin) + " does not describe this machine: nothing is bound"};
}

}  // namespace

std::vector<unsigned> machine::place(unsigned workers, placement policy) const {
  auto const order = order_of(*data_, policy);
  std::vector<unsigned> placed;
  placed.reserve(workers);
  for (unsigned i = 0; i < workers; ++i) placed.push_back(order[i % order.size()]);
  return placed;
}

std::vector<steal_group> machine::steal_order(std::vector<unsigned> const& placed, unsigned thief) const {
  STEALYARD_ASSERT(thief < placed.size(), "steal_order(): a worker that was not placed");
  std::map<unsigned, steal_group> groups;
  for (unsigned worker = 0; worker < placed.size(); ++worker) {
    if (worker == thief) continue;
    auto const away = distance(placed[thief], placed[worker]);
    auto const how_near = between(placed[thief], placed[worker]);
    auto& group = groups.emplace(away, steal_group{how_near, away, {}}).first->second;
    group.how_near = std::min(group.how_near, how_near);
    group.workers.push_back(worker);
  }
  std::vector<steal_group> order;
  order.reserve(groups.size());
  for (auto& [away, group] : groups) order.push_back(std::move(group));
  return order;
}

bind_outcome machine::bind_this_thread(unsigned pu) const {
  if (pu >= data_->pus.size()) return out_of_range("PU", pu, data_->pus.size());
  if (!data_->is_this_machine) return elsewhere(*data_);
  return data_->os->bind_thread({data_->pus[pu].os_index});
}

bind_outcome machine::unbind_this_thread() const {
  if (!data_->is_this_machine) return elsewhere(*data_);
  std::vector<unsigned> everywhere;
  for (unsigned const index : data_->allowed) everywhere.push_back(data_->pus[index].os_index);
  return data_->os->bind_thread(everywhere);
}

bind_outcome machine::bind_memory(void* begin, std::size_t bytes, unsigned node) const {
  if (node >= data_->nodes.size()) return out_of_range("NUMA node", node, data_->nodes.size());
  if (!data_->is_this_machine) return elsewhere(*data_);
  if (bytes == 0) return {};
  return data_->os->bind_memory(begin, bytes, data_->nodes[node].os_index);
}

std::optional<unsigned> machine::current_pu() const {
  if (!data_->is_this_machine) return std::nullopt;
  auto const os_index = data_->os->current_os_pu();
  if (!os_index) return std::nullopt;
  for (unsigned i = 0; i < data_->pus.size(); ++i)
    if (data_->pus[i].os_index == *os_index) return i;
  return std::nullopt;
}

result<std::string> machine::export_xml() const { return data_->os->export_xml(); }

}  // namespace stealyard::topology
