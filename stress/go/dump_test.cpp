// What a program says of its goroutines: deadlocks with frames and minutes, SIGQUIT, leaks, panics on foreign threads. In child processes.
#include "core/sched/minutes.hpp"
#include "core/sched/threads.hpp"
#include "stress/go/messages.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_dump);

namespace {

#define EXPECT_IN(text, part) EXPECT_TRUE(contains(text, part)) << "\"" << (part) << "\" in:\n" << (text)

std::string at_line(int n) { return "dump_test.cpp:" + std::to_string(n); }

[[gnu::noinline]] void waits_for_ever(chan<int> c, int& where) {
  where = __LINE__ + 1;
  c.recv();
  asm volatile("");  // no tail call
}

// Where waits_for_ever stands when it waits.
int waiting_line() {
  int where = 0;
  chan<int> c(1);
  c.send(1);
  waits_for_ever(c, where);
  return where;
}

std::atomic<bool> spinning{false};
[[gnu::noinline]] void spins_for_ever() {
  spinning = true;
  for (;;) asm volatile("" ::: "memory");
}

// In the child of many forks ThreadSanitizer keeps a signal to itself.
child in_child_with_signals(const std::function<int()>& body) { return tsan ? in_fresh_child(body) : in_child(body); }

}  // namespace

TEST_P(go_dump, a_deadlock_shows_where_each_goroutine_waits) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      go([] {
        int where = 0;
        waits_for_ever({}, where);
      });
      chan<int>{nullptr}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_IN(died.err, "goroutine 1 [chan receive (nil chan)]:\n");
  EXPECT_IN(died.err, "waits_for_ever");
  if (died.err.find("stack unavailable") == std::string::npos) {  // else a thread got no time to stand still
    EXPECT_IN(died.err, at_line(waiting_line()));
  }
  EXPECT_FALSE(contains(died.err, "worker_loop.hpp")) << "the runtime's own frames are left out:\n" << died.err;
}

TEST_P(go_dump, all_frames_are_shown_when_asked_for) {
  const row r = GetParam();
  const child died = in_child([&] {
    ::setenv("STEALYARD_TRACEBACK", "all", 1);
    return stealyard::run(r.parts(), [] { chan<int>{}.recv(); });
  });
  expect_death_by(died, "deadlock");
  EXPECT_IN(died.err, "worker_loop.hpp:");
}

TEST_P(go_dump, a_long_wait_is_told_in_minutes) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.with_workers(1), [] {
      constexpr std::uint64_t five_minutes_and_a_bit = 72;
      sched::stamp_now.store(sched::stamp_now.load(relaxed) - (five_minutes_and_a_bit << sched::stamp_shift),
                             relaxed);  // until somebody looks
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_IN(died.err, "goroutine 1 [chan receive, 5 minutes]:\n");
}

TEST_P(go_dump, sigquit_shows_the_waiting_the_runnable_and_the_running) {
  if (workers() == 1) GTEST_SKIP() << "not applicable: one goroutine spins, one sends the signal";
  const row r = GetParam();
  const child died = in_child_with_signals([&] {
    return stealyard::run(r.parts(), [] {
      std::atomic<bool> arrived{false};
      go([&] {
        int where = 0;
        arrived = true;
        waits_for_ever({}, where);
      });
      eventually([&] { return arrived.load(); });
      sleep(5ms);
      go([] { spins_for_ever(); });
      eventually([] { return spinning.load(); });
      if constexpr (tsan) {
        ::raise(SIGQUIT);  // to this very thread, and it comes below
      } else {
        ::kill(::getpid(), SIGQUIT);
      }
      for (;;) {
        if constexpr (tsan) ::usleep(1000);
        asm volatile("" ::: "memory");
      }
    });
  });
  expect_death_by(died, "quit");
  EXPECT_IN(died.err, " [chan receive]:\n");
  if (tsan) return;  // which interrupts nobody who calls nothing
  EXPECT_IN(died.err, "goroutine 1 [running]:\n");
  EXPECT_IN(died.err, "spins_for_ever");
  EXPECT_IN(died.err, at_line(waiting_line()));
}

// It may hit a worker anywhere: picking, switching, going to sleep.
TEST_P(go_dump, sigquit_in_the_middle_of_traffic) {
  if (tsan) GTEST_SKIP() << "not applicable: in a thread that has just begun, the atomics of this build allocate, and so would the handler";
  const row r = GetParam();
  for (int i = 0; i != 3; ++i) {
    const child died = in_child([&] {
      return stealyard::run(r.parts(), [i] {
        std::thread([i] {
          std::this_thread::sleep_for(std::chrono::microseconds(500 + 137 * i));
          ::kill(::getpid(), SIGQUIT);
        }).detach();
        chan<int> c;
        for (int k = 0; k != 4; ++k) {
          go([=] {
            for (;;) c.send(k);
          });
        }
        for (;;) {
          c.recv();
          go([] { yield(); });
        }
      });
    });
    expect_death_by(died, "quit");
    EXPECT_IN(died.err, "\ngoroutine 1 [");
  }
}

// It may meet the monitor's signal, whose handler stands on a stack of its own.
TEST_P(go_dump, sigquit_while_a_worker_is_nudged) {
  if (tsan) GTEST_SKIP() << "not applicable: as sigquit_in_the_middle_of_traffic";
  const row r = GetParam();
  for (int i = 0; i != 4; ++i) {
    const child died = in_child([&] {
      return stealyard::run(r.parts(), [] {
        const pid_t worker = sched::this_thread_id();
        std::thread([worker] {
          for (int k = 0; k != 20'000; ++k) sched::nudge(worker);
        }).detach();
        std::thread([worker] {
          std::this_thread::sleep_for(1ms);
          ::syscall(SYS_tgkill, ::getpid(), worker, SIGQUIT);
        }).detach();
        for (;;) asm volatile("" ::: "memory");
      });
    });
    expect_death_by(died, "quit");
    EXPECT_IN(died.err, "\ngoroutine 1 [running]:\n");
  }
}

TEST_P(go_dump, sigquit_is_the_programs_own_if_it_wants_it) {
  const row r = GetParam();
  const child asked = in_child([&] {
    std::signal(SIGQUIT, SIG_IGN);
    const int status = stealyard::run(r.parts(), [] {
      ::kill(::getpid(), SIGQUIT);
      return 7;
    });
    return std::signal(SIGQUIT, SIG_DFL) == SIG_IGN ? status : 8;
  });
  EXPECT_EQ(asked.status, 7) << ::testing::PrintToString(asked);
  const child given_back = in_child([&] {
    stealyard::run(r.parts(), [] {});
    return std::signal(SIGQUIT, SIG_IGN) == SIG_DFL ? 7 : 8;
  });
  EXPECT_EQ(given_back.status, 7) << ::testing::PrintToString(given_back);
}

TEST_P(go_dump, an_uncaught_exception_on_a_foreign_thread_is_a_panic) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      std::thread t([guard = foreign_guard()] { throw std::runtime_error("from outside"); });
      chan<int>{}.recv();
      t.join();
    });
  });
  expect_death_by(died, "panic_on_a_foreign_thread");
  EXPECT_TRUE(starts_with(died.err, "panic: from outside\n")) << died.err;
}

TEST_P(go_dump, leaks_are_reported_when_main_returns) {
  const row r = GetParam();
  const auto leaking = [&](leak_check how, const char* environment) {
    return in_child([&] {
      options o = r.parts();
      o.leaks = how;
      if (environment != nullptr) ::setenv("STEALYARD_LEAKS", environment, 1);
      return stealyard::run(o, [&] {
        auto* m = new mutex;
        m->lock();
        go([] {
          int unused = 0;
          waits_for_ever({}, unused);
        });
        go([m] { m->lock(); });
        // The runtime waits 50 ms for others to settle, which a busy machine needs for less than this. One worker is with them meanwhile.
        if (r.workers != 1) eventually([] { return leaked_goroutines().size() == 2; });
        for (int i = 0; i != 20; ++i) go([] { yield(); });  // these end
        return 5;
      });
    });
  };
  const child reported = leaking(leak_check::report, nullptr);
  expect_death_by(reported, "leaks", 5);
  EXPECT_TRUE(starts_with(reported.err, "stealyard: 2 goroutines are ")) << reported.err;
  EXPECT_IN(reported.err, " [chan receive]:\n");
  EXPECT_IN(reported.err, at_line(waiting_line()));
  EXPECT_IN(reported.err, " [sync.Mutex.Lock]:\n");
  EXPECT_IN(reported.err, "created by goroutine 1\n\tdump_test.cpp:");
  expect_death_by(leaking(leak_check::fail, nullptr), "leaks", 1);
  expect_death_by(leaking(leak_check::off, "fail"), "leaks", 1);
  expect_death_by(leaking(leak_check::report, "fail"), "leaks", 5);  // what the code says wins
  const child silent = leaking(leak_check::off, nullptr);
  EXPECT_EQ(silent.status, 5);
  EXPECT_EQ(silent.err, "");
  const child refused = leaking(leak_check::off, "yes");
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err, "stealyard: STEALYARD_LEAKS=yes: accepted are off, report, fail\n");
}

TEST_P(go_dump, no_leak_no_report) {
  const row r = GetParam();
  const child clean = in_child([&] {
    options o = r.parts();
    o.leaks = leak_check::fail;
    return stealyard::run(o, [] {
      chan<int> c;
      for (int i = 0; i != 10; ++i) {
        go([=] { c.send(i); });
        go([] {
          yield();
          yield();
        });
      }
      for (int i = 0; i != 10; ++i) c.recv();
      return 5;
    });
  });
  EXPECT_EQ(clean.status, 5) << ::testing::PrintToString(clean);
  EXPECT_EQ(clean.err, "");
}

TEST_P(go_dump, leaked_goroutines_are_listed_on_demand) {
  run([] {
    EXPECT_TRUE(leaked_goroutines().empty());
    chan<int> c;
    const auto line = std::source_location::current().line() + 1;
    for (int i = 0; i != 3; ++i) go([=] { c.recv(); });
    EXPECT_TRUE(eventually([] { return leaked_goroutines().size() == 3; }));
    for (const leaked_goroutine& one : leaked_goroutines()) {
      EXPECT_STREQ(one.waits_for, "chan receive");
      EXPECT_EQ(one.created_by, 1u);
      EXPECT_EQ(one.created_at.line(), line);
      EXPECT_EQ(one.minutes, 0u);
      EXPECT_GT(one.id, 1u);
    }
    std::thread([guard = foreign_guard()] { EXPECT_EQ(leaked_goroutines().size(), 3u); }).join();
    c.close();
    EXPECT_TRUE(eventually([] { return leaked_goroutines().empty(); }));
  });
  EXPECT_TRUE(leaked_goroutines().empty()) << "outside run";
}

// While goroutines start and end.
TEST_P(go_dump, leaked_goroutines_beside_traffic) {
  run([] {
    std::atomic<bool> stop{false};
    wait_group group;
    group.go([&] {
      while (!stop) {
        wait_group inner;
        chan<int> c;
        for (int i = 0; i != 5; ++i) inner.go([=] { c.send(i); });
        for (int i = 0; i != 5; ++i) c.recv();
        inner.wait();
      }
    });
    for (int i = 0; i != scaled(200); ++i) {
      for (const leaked_goroutine& one : leaked_goroutines()) {
        const std::string why = one.waits_for;
        EXPECT_TRUE(why == "chan send" || why == "chan receive" || why == "sync.WaitGroup.Wait") << why;
      }
      yield();
    }
    stop = true;
    group.wait();
  });
}

}  // namespace stealyard::go_tests
