// The two lines of JSON of the subject protocol (results/README.md).
#pragma once
#include "bench/harness/sampling.hpp"

#include <string>

namespace stealyard::bench {

std::string listing_line();
std::string measurement_line(const request&, const measured&);

}  // namespace stealyard::bench
