// trial: does it in a child process first. hwloc 2.9 crashes on about one in twenty XML files with a few bytes changed, and
// prints dozens of lines about others; what was given to us must cost neither the process nor its stderr. Internal to this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace stealyard::topology {

enum class trial_outcome { succeeded, failed, not_possible };

/// Runs `attempt` in a forked child: succeeded if it returned true in silence, failed if it returned false, wrote to stderr,
/// crashed or took longer than `seconds`; not_possible if there was no child (errno says why). A few
/// milliseconds beyond the attempt itself.
trial_outcome try_in_a_child(std::function<bool()> const& attempt, unsigned seconds = 60);

}  // namespace stealyard::topology
