// synthetic: what must be known of a synthetic string before hwloc sees it. hwloc checks names and order of levels; it does
// not check size (pu:100000 takes minutes). Internal to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stealyard::topology {

/// One line saying what is wrong with a synthetic description, or nothing. Checks emptiness, characters, parentheses,
/// counts (1 to 1024), that it ends in pu:N, and the total of PUs and NUMA nodes. O(length).
std::optional<std::string> check_synthetic(std::string_view description);

/// The number of PUs a description that passed check_synthetic() asks for.
std::uint64_t synthetic_pus(std::string_view description);

}  // namespace stealyard::topology
