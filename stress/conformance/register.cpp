#include "stress/conformance/register.hpp"

#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace stealyard::conformance {

std::string full_name() {
  const testing::TestInfo& me = *testing::UnitTest::GetInstance()->current_test_info();
  return std::string(me.test_suite_name()) + "." + me.name();
}
std::string replay_setting() { return "STEALYARD_TEST_SEED=" + std::to_string(seed()); }
void print_replay_line() {
  std::fprintf(stderr, "replay: %s stealyard-native-tests '--gtest_filter=%s'\n", replay_setting().c_str(), full_name().c_str());
}

void give_up(const char* why) {
  std::fprintf(stderr, "[  FAILED  ] %s: %s\n", full_name().c_str(), why);
  print_replay_line();
  std::_Exit(1);
}

namespace {

class body : public testing::Test {
  void (*const run_)();

 public:
  explicit body(void (*run)()) : run_(run) {}
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

}  // namespace

suite::suite(const char* kind, const char* variant, const char* instrument) : name_(std::string(instrument) + "." + kind + "." + variant) {}

void suite::test(const char* axiom_and_scenario, void (*run)()) const {
  testing::RegisterTest(name_.c_str(), axiom_and_scenario, nullptr, nullptr, __FILE__, __LINE__,
                        [run]() -> testing::Test* { return new body(run); });
}

}  // namespace stealyard::conformance
