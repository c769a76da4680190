// main of the fiber tests. A filter that selects nothing is a failure: a test that ran no test passes nothing.
#include <gtest/gtest.h>

#include "core/fiber/sanitizers.hpp"

#include <cstdio>

#if defined(STEALYARD_ASAN)
// Frames on fake stacks: what a switch must carry along. g++ 12 leaves them off by default.
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=1"; }
#endif

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    std::fprintf(stderr, "stealyard-fiber-tests: unknown argument %s; accepted are GoogleTest's flags\n", argv[1]);
    return 2;
  }
  const int status = RUN_ALL_TESTS();
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0 && !testing::GTEST_FLAG(list_tests)) {
    std::fprintf(stderr, "stealyard-fiber-tests: nothing matches --gtest_filter=%s\n", testing::GTEST_FLAG(filter).c_str());
    return 3;
  }
  return status;
}
