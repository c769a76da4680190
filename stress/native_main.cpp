// main of the native tests. Unlike gtest's own it fails when a filter selects nothing: a test that ran no test passes nothing.
#include "stress/conformance/support.hpp"

#include <cstdio>
#include <gtest/gtest.h>

namespace {

class failure_noter final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) stealyard::conformance::note_failed_check();
  }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    std::fprintf(stderr, "stealyard-native-tests: unknown argument %s; accepted are GoogleTest's flags\n", argv[1]);
    return 2;
  }
  testing::UnitTest::GetInstance()->listeners().Append(new failure_noter);  // owned by GoogleTest
  const int status = RUN_ALL_TESTS();
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0 && !testing::GTEST_FLAG(list_tests)) {
    std::fprintf(stderr, "stealyard-native-tests: nothing matches --gtest_filter=%s\n", testing::GTEST_FLAG(filter).c_str());
    return 3;
  }
  return status;
}
