// self_check: the linearizability checker on trial.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stealyard::load {

// On `histories` small random ones: the search agrees with trying every order; what `look` refutes is wrong; a shrunk history is still
// wrong, and no part can be dropped. Then one history of `large` operations, timed. Prints; true if nothing is wrong.
bool self_check(std::uint64_t seed, std::size_t histories, std::size_t large);

}  // namespace stealyard::load
