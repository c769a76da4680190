// protocol_rules: what programs on the protocols of core/go and core/sched may be (stress/sched_model: *_programs.hpp). They are run by the
// explorer, which enumerates them; nobody draws them at random.
#pragma once
#include "stress/model/generators.hpp"

#include <span>

namespace stealyard::model {

std::span<const kind_rules> protocol_rules();

}  // namespace stealyard::model
