// Registers a generated test: conformance.<kind>.<variant>.<axiom>_<scenario>. Each test gets a seed; a failure prints it with the
// line that replays the test.
#pragma once
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <utility>

namespace stealyard::conformance {

// The running test's name, and the setting that makes it draw the same numbers again.
inline std::string full_name() {
  const testing::TestInfo& me = *testing::UnitTest::GetInstance()->current_test_info();
  return std::string(me.test_suite_name()) + "." + me.name();
}
inline std::string replay_setting() { return "STEALYARD_TEST_SEED=" + std::to_string(seed()); }
inline void print_replay_line() {
  std::fprintf(stderr, "replay: %s stealyard-native-tests '--gtest_filter=%s'\n", replay_setting().c_str(), full_name().c_str());
}

// A thread is stuck for good: no test can go on, not even to its report.
[[noreturn]] inline void give_up(const char* why) {
  std::fprintf(stderr, "[  FAILED  ] %s: %s\n", full_name().c_str(), why);
  print_replay_line();
  std::_Exit(1);
}

class suite {
  std::string name_;

  class body : public testing::Test {
    std::function<void()> run_;

   public:
    explicit body(std::function<void()> run) : run_(std::move(run)) {}
    void TestBody() override {
      begin_test();
      try {
        run_();
      } catch (const std::exception& e) {
        ADD_FAILURE() << e.what();
      }
      if (HasFailure()) print_replay_line();
    }
  };

 public:
  suite(const char* kind, const char* variant, const char* instrument = "conformance")
      : name_(std::string(instrument) + "." + kind + "." + variant) {}

  void test(const char* axiom_and_scenario, std::function<void()> run) const {
    testing::RegisterTest(name_.c_str(), axiom_and_scenario, nullptr, nullptr, __FILE__, __LINE__,
                          [run = std::move(run)]() -> testing::Test* { return new body(run); });
  }
};

}  // namespace stealyard::conformance
