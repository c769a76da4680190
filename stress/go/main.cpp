// stealyard-go-tests: Go's semantics, on every combination of parts. --all-rows: all of them instead of a pairwise set.
#include "core/fiber/traceback.hpp"
#include "stress/go/support.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace {

// A test that hangs is named, and ends the run: a lost wake-up must not look like a slow machine.
constexpr unsigned patience_seconds = 120;
char now_running[512];

void on_alarm(int) {
  const char text[] = "stealyard-go-tests: no end after 120 s: ";
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  (void)!write(STDERR_FILENO, now_running, std::strlen(now_running));
  (void)!write(STDERR_FILENO, "\n", 1);
  _exit(1);
}

class watchdog : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo& test) override {
    std::snprintf(now_running, sizeof now_running, "--gtest_filter=%s.%s", test.test_suite_name(), test.name());
    alarm(patience_seconds);
  }
  void OnTestEnd(const ::testing::TestInfo&) override { alarm(0); }
};

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i != argc; ++i) {
    if (std::strcmp(argv[i], "--all-rows") == 0) stealyard::go_tests::all_rows = true;
  }
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i != argc; ++i) {
    if (std::strcmp(argv[i], "--all-rows") != 0) {
      std::fprintf(stderr, "stealyard-go-tests: \"%s\": accepted are --all-rows and GoogleTest's flags\n", argv[i]);
      return 2;
    }
  }
  struct sigaction act{};
  act.sa_handler = &on_alarm;
  act.sa_flags = SA_ONSTACK;
  sigaction(SIGALRM, &act, nullptr);
  stealyard::fiber::load_symbols();  // once: child processes inherit them
  ::testing::UnitTest::GetInstance()->listeners().Append(new watchdog);
  const int status = RUN_ALL_TESTS();
  if (::testing::UnitTest::GetInstance()->test_to_run_count() == 0) {  // known only now
    std::fprintf(stderr, "stealyard-go-tests: no test matches the filter\n");
    return 3;
  }
  return status;
}

#if defined(STEALYARD_SANITIZED)
// Child processes are forked while nothing else runs, but TSan cannot know.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0:exitcode=66:atexit_sleep_ms=0"; }
#endif
