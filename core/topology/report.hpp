// report: a machine as text for people and as JSON for programs. For the tool only; the library needs neither fmt nor JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/topology/topology.hpp"

namespace stealyard::topology {

/// Workers to show the placement of, and how they are placed.
struct placement_request {
  unsigned workers = 1;
  placement policy = placement::one_per_core;
};

/// Everything known, schema "stealyard.topology/1". Sizes in bytes, quotas in microseconds.
nlohmann::json to_json(machine const& about, placement_request const& wanted);

/// A readable summary of several lines, no colours.
std::string to_text(machine const& about, placement_request const& wanted);

}  // namespace stealyard::topology
