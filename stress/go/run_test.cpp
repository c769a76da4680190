// run: its status, its options, and that it may be called again.
#include "stress/go/support.hpp"

#include <cstdlib>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_run);

TEST_P(go_run, the_status_is_what_main_returns) {
  EXPECT_EQ(run([] { return 42; }), 42);
  EXPECT_EQ(run([] {}), 0);
  EXPECT_EQ(run([] { return true; }), 1);
  int calls = 0;
  EXPECT_EQ(run([&calls] {
              yield();
              return ++calls;
            }),
            1);
}

TEST_P(go_run, again_and_again) {
  int sum = 0;
  for (int i = 0; i != scaled(50); ++i) {
    run([&] {
      wait_group group;
      std::atomic<int> ran{0};
      for (int k = 0; k != 3; ++k) group.go([&] { ++ran; });
      group.wait();
      sum += ran;
    });
  }
  EXPECT_EQ(sum, 3 * scaled(50));
}

TEST_P(go_run, inside_itself_it_panics) {
  run([] {
    EXPECT_EQ(panic_of([] { stealyard::run([] {}); }), "stealyard: run called inside run");
    wait_group group;
    group.go([] { EXPECT_EQ(panic_of([] { stealyard::run([] {}); }), "stealyard: run called inside run"); });
    group.wait();
    std::thread([] { EXPECT_EQ(panic_of([] { stealyard::run([] {}); }), "stealyard: run called while another thread is in run"); }).join();
  });
  EXPECT_EQ(run([] { return 3; }), 3) << "the refused calls left nothing behind";
}

TEST(go_run, with_other_parts_after_each_other) {
  for (const row& r : rows(false)) {
    EXPECT_EQ(stealyard::run(r.parts(),
                             [] {
                               chan<int> c(1);
                               go([=] { c.send(5); });
                               return c.recv();
                             }),
              5)
        << r.name();
  }
}

TEST(go_run, five_hundred_rapid_cycles) {
  int sum = 0;
  for (int i = 0; i != scaled(500); ++i) {
    sum += stealyard::run({.workers = 1 + static_cast<unsigned>(i) % 3}, [] {
      chan<int> c;
      go([=] { c.send(1); });
      return c.recv();
    });
  }
  EXPECT_EQ(sum, scaled(500));
}

namespace {

struct bad {
  options o;
  const char* variable;
  const char* value;
  std::vector<std::string> named;
};

// One line, which names the value and what is accepted; status 2; main does not run.
void expect_refused(const bad& b) {
  const child c = in_child([&] {
    if (b.variable != nullptr) setenv(b.variable, b.value, 1);
    return stealyard::run(b.o, [] { return 99; });
  });
  EXPECT_EQ(c.status, 2) << ::testing::PrintToString(c);
  EXPECT_EQ(lines_in(c.err), 1u) << ::testing::PrintToString(c);
  EXPECT_EQ(c.out, "");
  for (const auto& word : b.named) EXPECT_TRUE(contains(c.err, word)) << "\"" << word << "\" in: " << c.err;
}

}  // namespace

TEST(go_run, bad_options_are_one_line) {
  expect_refused({{.workers = 257}, nullptr, nullptr, {"257", "256"}});
  expect_refused({{.workers = 4000000000u}, nullptr, nullptr, {"4000000000", "256"}});
  expect_refused({{.run_queue = "nonsense"}, nullptr, nullptr, {"run_queue", "nonsense", "chase_lev", "mutex_deque"}});
  expect_refused({{.channel_buffer = "nonsense"}, nullptr, nullptr, {"channel_buffer", "nonsense", "mutex_ring"}});
  expect_refused({{.parker = "nonsense"}, nullptr, nullptr, {"parker", "nonsense", "futex"}});
  expect_refused({{.idle = "nonsense"}, nullptr, nullptr, {"idle", "nonsense", "go_spinning"}});
  expect_refused({{.victim = "nonsense"}, nullptr, nullptr, {"victim", "nonsense", "uniform"}});
  expect_refused({{.timer_queue = "nonsense"}, nullptr, nullptr, {"timer_queue", "nonsense", "four_ary_heap"}});
  expect_refused({{.stack = "nonsense"}, nullptr, nullptr, {"stack", "nonsense", "slab_guard"}});
  expect_refused({{.stack_size = 100}, nullptr, nullptr, {"stack_size", "100"}});
  expect_refused({{.stack_size = 4096}, nullptr, nullptr, {"stack_size", "4096"}});
  expect_refused({{.stack_size = std::size_t{1} << 40}, nullptr, nullptr, {"stack_size", "1099511627776"}});
  expect_refused({{.stack = "slab_canary", .stack_size = 1984}, nullptr, nullptr, {"stack_size", "1984", "2048"}});
  expect_refused({{.topology = "synthetic:nonsense"}, nullptr, nullptr, {"nonsense"}});
  expect_refused({{.topology = "xml:/no/such/file"}, nullptr, nullptr, {"/no/such/file"}});
}

TEST(go_run, bad_environment_is_one_line) {
  for (const char* value : {"0", "-1", "257", "two", "1x", "99999999999999999999"}) {
    expect_refused({{}, "STEALYARD_WORKERS", value, {"STEALYARD_WORKERS", value, "256"}});
  }
  expect_refused({{}, "STEALYARD_STACK_SIZE", "7", {"STEALYARD_STACK_SIZE", "7"}});
  expect_refused({{}, "STEALYARD_STACKS", "ready", {"STEALYARD_STACKS", "ready", "lazy", "eager"}});
  expect_refused({{}, "STEALYARD_SEED", "-3", {"STEALYARD_SEED", "-3"}});
  expect_refused({{}, "STEALYARD_PIN", "2", {"STEALYARD_PIN", "2"}});
  expect_refused({{}, "STEALYARD_RUN_QUEUE", "nonsense", {"run_queue", "nonsense"}});
  expect_refused({{}, "STEALYARD_CHANNEL_BUFFER", "nonsense", {"channel_buffer", "nonsense"}});
}

TEST(go_run, code_wins_over_the_environment) {
  const child c = in_child([] {
    for (const char* v : {"STEALYARD_RUN_QUEUE", "STEALYARD_PARKER", "STEALYARD_WORKERS", "STEALYARD_STACK_SIZE"}) {
      setenv(v, "nonsense", 1);
    }
    return stealyard::run({.workers = 2, .run_queue = "chase_lev", .parker = "futex", .stack_size = std::size_t{1} << 20},
                          [] { return 7; });
  });
  EXPECT_EQ(c.status, 7) << ::testing::PrintToString(c);
}

}  // namespace stealyard::go_tests
