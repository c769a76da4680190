// settings: options, resolved against the environment and checked. Bad values are one line, naming the value and what is accepted.
#pragma once
#include "core/go/options.hpp"

#include <string>

namespace stealyard::detail {

// Fills what `o` leaves open from STEALYARD_*, then from the defaults. Empty, or what is wrong.
std::string resolve(options& o);

}  // namespace stealyard::detail
