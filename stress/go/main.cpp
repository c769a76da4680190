// stealyard-go-tests: Go's semantics, on combinations of parts.
//   --all-rows   on every combination instead of a pairwise set: some ten million tests, whose list alone takes GiBs
//   --long       the stress tests at their full length: a minute of preemption, 10,000 connections
#include "core/fiber/traceback.hpp"
#include "stress/go/long_runs.hpp"
#include "stress/go/support.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace {

// A test that hangs is named, and ends the run: a lost wake-up must not look like a slow machine.
constexpr unsigned patience_seconds = 120;
constexpr char fresh_child[] = "--fresh_child=";  // of in_fresh_child, and nobody else's
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
    stealyard::go_tests::fresh_children = 0;
  }
  void OnTestEnd(const ::testing::TestInfo&) override { alarm(0); }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace stealyard::go_tests;
  for (int i = 1; i != argc; ++i) {
    if (std::strcmp(argv[i], "--all-rows") == 0) all_rows = true;
    if (std::strcmp(argv[i], "--long") == 0) long_runs = true;
    if (starts_with(argv[i], fresh_child)) fresh_child_to_be = static_cast<unsigned>(std::atoi(argv[i] + std::strlen(fresh_child)));
  }
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i != argc; ++i) {
    if (std::strcmp(argv[i], "--all-rows") != 0 && std::strcmp(argv[i], "--long") != 0 && fresh_child_to_be == 0) {
      std::fprintf(stderr, "stealyard-go-tests: \"%s\": accepted are --all-rows, --long and GoogleTest's flags\n", argv[i]);
      return 2;
    }
  }
  struct sigaction act{};
  act.sa_handler = &on_alarm;
  act.sa_flags = SA_ONSTACK;
  sigaction(SIGALRM, &act, nullptr);
  // Once: child processes inherit them. A fresh one does without: it would take a second.
  if (fresh_child_to_be == 0) stealyard::fiber::load_symbols();
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  listeners.Append(new watchdog);
  if (fresh_child_to_be != 0) delete listeners.Release(listeners.default_result_printer());
  const int status = RUN_ALL_TESTS();
  if (fresh_child_to_be != 0) {
    std::fprintf(stderr, "stealyard-go-tests: the test asks for no child %u\n", fresh_child_to_be);
    return 3;
  }
  if (::testing::UnitTest::GetInstance()->test_to_run_count() == 0) {  // known only now
    std::fprintf(stderr, "stealyard-go-tests: no test matches the filter\n");
    return 3;
  }
  return status;
}
