// Registers a generated test: conformance.<kind>.<variant>.<axiom>_<scenario>. Each test gets a seed; a failure prints it with the
// line that replays the test.
#pragma once
#include <string>

namespace stealyard::conformance {

// The running test's name, and the setting that makes it draw the same numbers again.
std::string full_name();
std::string replay_setting();
void print_replay_line();

// A thread is stuck for good: no test can go on, not even to its report.
[[noreturn]] void give_up(const char* why);

class suite {
  std::string name_;

 public:
  suite(const char* kind, const char* variant, const char* instrument = "conformance");
  void test(const char* axiom_and_scenario, void (*run)()) const;
};

}  // namespace stealyard::conformance
