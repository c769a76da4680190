// Tests that end when they are told to run as long as was promised with --long, and are cut short else.
#pragma once

namespace stealyard::go_tests {

inline bool long_runs = false;  // set by main

}  // namespace stealyard::go_tests
