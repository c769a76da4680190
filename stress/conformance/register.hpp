// Registers a generated test: conformance.<kind>.<variant>.<axiom>_<scenario>. Each test gets a seed; a failure prints it with the
// line that replays the test.
#pragma once
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>

namespace stealyard::conformance {

class suite {
  std::string name_;

  class body : public testing::Test {
    std::function<void()> run_;

   public:
    explicit body(std::function<void()> run) : run_(std::move(run)) {}
    void TestBody() override {
      begin_test();
      run_();
      if (!HasFailure()) return;
      const testing::TestInfo& me = *testing::UnitTest::GetInstance()->current_test_info();
      std::fprintf(stderr, "seed %llu; replay: STEALYARD_TEST_SEED=%llu stealyard-native-tests '--gtest_filter=%s.%s'\n",
                   static_cast<unsigned long long>(seed()), static_cast<unsigned long long>(seed()), me.test_suite_name(), me.name());
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
