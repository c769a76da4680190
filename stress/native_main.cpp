// main of the native tests. Unlike gtest's own it fails when a filter selects nothing: a test that ran no test passes nothing.
// STEALYARD_ROUNDS=FILE, eight bytes: the rounds of concurrent tests are counted there, to be read however this process ends (the zoo).
#include "stress/conformance/support.hpp"

#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

class failure_noter final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) stealyard::conformance::note_failed_check();
  }
};

// False: the file cannot be used.
bool count_rounds_in(const char* file) {
  using counter = std::atomic<std::uint64_t>;
  const int opened = ::open(file, O_RDWR | O_CLOEXEC);
  if (opened < 0) return false;
  void* const there = ::lseek(opened, 0, SEEK_END) < static_cast<off_t>(sizeof(counter))
                          ? MAP_FAILED
                          : ::mmap(nullptr, sizeof(counter), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  ::close(opened);
  if (there == MAP_FAILED) return false;
  stealyard::conformance::count_rounds(*static_cast<counter*>(there));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* const file = std::getenv("STEALYARD_ROUNDS"); file != nullptr && !count_rounds_in(file)) {
    std::fprintf(stderr, "stealyard-native-tests: STEALYARD_ROUNDS=%s: accepted is a file of eight bytes that may be written\n", file);
    return 2;
  }
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
