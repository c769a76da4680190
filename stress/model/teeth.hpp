// teeth: does the generated suite find bugs that are there? Each seeded bug (stress/bugs) must be found on every one of n fresh seeds
// within the budget that continuous integration gives its kind, by the suite that knows nothing of it.
#pragma once
#include "stress/model/options.hpp"

namespace stealyard::model {

int run_teeth(const options& o);

}  // namespace stealyard::model
