// Registers a generated test: conformance.<kind>.<variant>.<axiom>_<scenario>.
#pragma once
#include <gtest/gtest.h>

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
    void TestBody() override { run_(); }
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
