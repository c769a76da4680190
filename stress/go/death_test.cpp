// Programs that die: panics, goexit, deadlocks, stack overflow. Each in a child process.
#include "stress/go/messages.hpp"

#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_death);

namespace {

std::string line(int n) { return "death_test.cpp:" + std::to_string(n); }

struct my_type {};

[[gnu::noinline]] void throws_here(int& where) {
  where = __LINE__ + 1;
  panic("boom ", 42);
}

// Status 2, and the message first.
void expect_death(const child& died, const std::string& first) {
  EXPECT_EQ(died.status, 2) << ::testing::PrintToString(died);
  EXPECT_TRUE(starts_with(died.err, first)) << ::testing::PrintToString(died);
}
#define EXPECT_IN(text, part) EXPECT_TRUE(contains(text, part)) << "\"" << (part) << "\" in:\n" << (text)

}  // namespace

TEST_P(go_death, a_panic_names_goroutine_throw_and_creator) {
  int thrown = 0;
  try {
    throws_here(thrown);
  } catch (const panic_error& e) {
    EXPECT_STREQ(e.what(), "boom 42");
  }
  const row r = GetParam();
  const int created = __LINE__ + 4;
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      std::printf("said before\n");
      go([] {
        int where = 0;
        throws_here(where);
      });
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "panic");
  expect_death(died, "panic: boom 42\n\ngoroutine ");
  EXPECT_IN(died.err, " [running]:\n");
  EXPECT_IN(died.err, line(thrown));
  EXPECT_IN(died.err, "throws_here");
  EXPECT_IN(died.err, "created by goroutine 1\n\t" + line(created) + "\n");
  EXPECT_EQ(died.out, "said before\n");
}

TEST_P(go_death, wait_group_go_reports_its_own_caller) {
  const row r = GetParam();
  const int created = __LINE__ + 4;
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      wait_group group;
      group.go([] { panic("x"); });
      group.wait();
    });
  });
  expect_death(died, "panic: x\n\ngoroutine ");
  EXPECT_IN(died.err, line(created));
}

TEST_P(go_death, a_panic_in_main_has_no_creator) {
  const row r = GetParam();
  const child died = in_child([&] { return stealyard::run(r.parts(), [] { panic("main ", 1.5); }); });
  expect_death(died, "panic: main 1.5\n\ngoroutine 1 [running]:\n");
  EXPECT_FALSE(contains(died.err, "created by")) << died.err;
}

TEST_P(go_death, every_exception_is_a_panic) {
  const row r = GetParam();
  const std::pair<std::function<void()>, const char*> cases[] = {
      {[] { throw std::runtime_error("what it says"); }, "panic: what it says\n"},
      {[] { throw 42; }, "panic: 42\n"},
      {[] { throw "text"; }, "panic: text\n"},
      {[] { throw std::string("string"); }, "panic: string\n"},
      {[] { throw my_type{}; }, "panic: ("},
      {[] { chan<int>{nullptr}.close(); }, "panic: close of nil channel\n"},
      {[] { chan<int> c(-1); }, "panic: makechan: size out of range\n"},
      {[] { wait_group{}.done(); }, "panic: sync: negative WaitGroup counter\n"},
  };
  for (const auto& [body, message] : cases) {
    const child died = in_child([&, &f = body] {
      return stealyard::run(r.parts(), [&] {
        yield();
        f();
      });
    });
    expect_death_by(died, "panic");
    expect_death(died, message);
    EXPECT_IN(died.err, "\ngoroutine 1 [running]:\n");
    EXPECT_IN(died.err, "death_test.cpp:");
  }
  const child died = in_child([&] { return stealyard::run(r.parts(), [] { throw my_type{}; }); });
  EXPECT_IN(died.err, "my_type)\n");
}

// It ends the process while others run, and says so once.
TEST_P(go_death, one_of_many_panics_speaks) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      for (int i = 0; i != 20; ++i) {
        go([] {
          yield();
          panic("once");
        });
        go([] {
          for (;;) yield();
        });
      }
      for (;;) yield();
    });
  });
  expect_death(died, "panic: once\n");
  EXPECT_EQ(died.err.find("panic: ", 1), std::string::npos) << died.err;
}

TEST_P(go_death, a_caught_panic_is_none) {
  EXPECT_EQ(run([] {
              EXPECT_EQ(panic_of([] { panic("a", 1, 'b'); }), "a1b");
              try {
                chan<int>{nullptr}.close();
              } catch (const std::exception& e) {
                EXPECT_STREQ(e.what(), "close of nil channel");
              }
              return 5;
            }),
            5);
}

TEST_P(go_death, unlock_of_unlocked_is_fatal_and_cannot_be_caught) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      mutex m;
      m.lock();
      m.unlock();
      try {
        m.unlock();
      } catch (...) {
      }
    });
  });
  expect_death_by(died, "unlock_of_unlocked_mutex");
  EXPECT_IN(died.err, "goroutine 1 [running]:\n");
}

TEST_P(go_death, goexit_runs_destructors_and_ends_only_its_goroutine) {
  run([] {
    std::atomic<int> destroyed{0};
    struct at_end {
      std::atomic<int>& count;
      ~at_end() { ++count; }
    };
    wait_group group;
    for (int i = 0; i != 20; ++i) {
      group.go([&] {
        const at_end outer{destroyed};
        yield();
        [&] {
          const at_end inner{destroyed};
          try {
            goexit();
          } catch (const std::exception&) {
            ADD_FAILURE() << "it is no std::exception";
          } catch (...) {
            yield();
            throw;
          }
        }();
        ADD_FAILURE() << "went on after goexit";
      });
    }
    group.wait();
    EXPECT_EQ(destroyed, 40);
  });
}

TEST_P(go_death, a_swallowed_goexit_is_fatal) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      wait_group group;
      group.go([] {
        try {
          goexit();
        } catch (...) {
        }
        std::printf("went on\n");
      });
      group.wait();
    });
  });
  expect_death_by(died, "goexit_swallowed");
  EXPECT_EQ(died.out, "");
}

TEST_P(go_death, goexit_from_main_lets_the_others_finish) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      for (int i = 0; i != 3; ++i) {
        go([] {
          sleep(5ms);
          std::printf("finished\n");
        });
      }
      goexit();
    });
  });
  expect_death_by(died, "main_called_goexit");
  EXPECT_EQ(lines_in(died.out), 3u) << died.out;
}

TEST_P(go_death, goexit_from_main_with_one_blocked_is_a_deadlock) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      go([] { chan<int>{}.recv(); });
      goexit();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_IN(died.err, "[chan receive]:");
  EXPECT_FALSE(contains(died.err, "goroutine 1 [")) << died.err;
}

TEST_P(go_death, a_deadlock_lists_everybody_with_reason_and_creator) {
  const row r = GetParam();
  const int created = __LINE__ + 9;
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      chan<int> empty;
      chan<int> full(1);
      full.send(1);
      mutex m;
      m.lock();
      wait_group group;
      go([=] { empty.recv(); });
      go([=] { full.send(2); });
      go([] { chan<int>{nullptr}.recv(); });
      go([] { chan<int>{nullptr}.send(1); });
      go([&] { m.lock(); });
      group.add(1);
      group.wait();
    });
  });
  expect_death_by(died, "deadlock");
  const char* reasons[] = {"chan receive", "chan send", "chan receive (nil chan)", "chan send (nil chan)", "sync.Mutex.Lock"};
  EXPECT_IN(died.err, "goroutine 1 [sync.WaitGroup.Wait]:\n");
  for (int i = 0; i != 5; ++i) {
    EXPECT_IN(died.err, "[" + std::string(reasons[i]) + "]:\n");
    EXPECT_IN(died.err, "created by goroutine 1\n\t" + line(created + i) + "\n");
  }
}

TEST_P(go_death, a_deadlock_after_much_traffic) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      chan<int> c(3);
      wait_group group;
      for (int i = 0; i != 8; ++i) {
        group.go([=] {
          for (int k = 0; k != 200; ++k) c.send(k);
        });
      }
      group.go([=] {
        for (int k = 0; k != 8 * 200 - 10; ++k) c.recv();
      });
      group.wait();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_IN(died.err, "[chan send]:\n");
}

TEST_P(go_death, a_deadlock_after_sleeping) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      const auto before = std::chrono::steady_clock::now();
      go([before] {
        sleep(30ms);
        if (std::chrono::steady_clock::now() - before >= 30ms) std::printf("slept\n");
        std::fflush(stdout);
      });
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_EQ(died.out, "slept\n") << "withheld while a sleep is pending";
}

TEST_P(go_death, a_deadlock_is_withheld_while_a_foreign_guard_lives) {
  const row r = GetParam();
  const child helped = in_child([&] {
    return stealyard::run(r.parts(), [] {
      chan<int> c;
      std::thread helper([c, guard = foreign_guard()] {
        std::this_thread::sleep_for(30ms);
        c.send(7);
      });
      const int got = c.recv();
      helper.join();
      return got;
    });
  });
  EXPECT_EQ(helped.status, 7) << ::testing::PrintToString(helped);
  const child left = in_child([&] {
    return stealyard::run(r.parts(), [] {
      std::thread([guard = foreign_guard()] {
        std::this_thread::sleep_for(30ms);
        std::printf("left\n");
        std::fflush(stdout);
      }).detach();
      chan<int>{}.recv();
    });
  });
  expect_death_by(left, "deadlock");
  EXPECT_EQ(left.out, "left\n");
}

// A guarded thread sends, and drops its guard at once: that is never a deadlock, whoever looks meanwhile.
TEST_P(go_death, a_guard_dropped_after_a_send_is_no_deadlock) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      const int rounds = scaled(500);
      chan<int> c;
      int sum = 0;
      for (int i = 0; i != rounds; ++i) {
        std::thread helper([c, guard = foreign_guard()] { c.send(1); });
        sum += c.recv();
        helper.join();
      }
      return sum == rounds ? 7 : 8;
    });
  });
  EXPECT_EQ(died.status, 7) << ::testing::PrintToString(died);
}

// A guard that outlives its run counts nothing in the next.
TEST_P(go_death, a_guard_of_an_earlier_run_does_not_count) {
  const row r = GetParam();
  const child died = in_child([&] {
    std::unique_ptr<foreign_guard> kept;
    stealyard::run(r.parts(), [&] { kept = std::make_unique<foreign_guard>(); });
    return stealyard::run(r.parts(), [&] {
      kept.reset();
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
}

namespace {
volatile int never_reached = -1;
[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[512];
  frame[0] = static_cast<char>(depth);
  if (depth == never_reached) return 0;
  const int below = recurse(depth + 1);
  return below + frame[0];
}
}  // namespace

TEST_P(go_death, a_stack_overflow_is_named) {
#if defined(STEALYARD_SANITIZED)
  GTEST_SKIP() << "not applicable: sanitizers keep a shadow of the stack, which overflows first";
#endif
  const row r = GetParam();
  const int created = __LINE__ + 5;
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      yield();
      wait_group group;
      group.go([] { recurse(0); });
      group.wait();
    });
  });
  if (died.signal == SIGSEGV && !contains(died.err, "fatal")) GTEST_SKIP() << "no guard pages here: " << died.err;
  expect_death_by(died, "stack_overflow");
  EXPECT_IN(died.err, "recurse");
  EXPECT_IN(died.err, line(created));
}

}  // namespace stealyard::go_tests
