// blocking: a goroutine in a system call does not hold its worker; lock_os_thread: a goroutine with a thread of its own.
#include "stress/go/messages.hpp"

#include <set>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_blocking);

TEST_P(go_blocking, result_and_exception_pass_through) {
  run([] {
    EXPECT_EQ(blocking([] { return 7; }), 7);
    int x = 1;
    int& same = blocking([&]() -> int& { return x; });
    EXPECT_EQ(&same, &x);
    EXPECT_EQ(*blocking([] { return std::make_unique<int>(5); }), 5);
    for (const auto how_long : {0us, 3000us}) {  // within the worker, and after it went to another thread
      EXPECT_THROW(blocking([&] {
                     std::this_thread::sleep_for(how_long);
                     throw std::runtime_error("from inside");
                   }),
                   std::runtime_error);
      try {
        throw 5;
      } catch (...) {
        blocking([&] { std::this_thread::sleep_for(how_long); });
        EXPECT_THROW(throw, int);
      }
    }
  });
  EXPECT_EQ(blocking([] { return 8; }), 8) << "outside run";
}

// The call waits for what only another goroutine can do, and there is one worker.
TEST_P(go_blocking, the_worker_goes_on_with_others) {
  run_alone([] {
    for (int i = 0; i != scaled(20); ++i) {
      std::atomic<bool> written{false};
      go([&] { written = true; });
      EXPECT_TRUE(blocking([&] { return spin_until([&] { return written.load(); }); })) << "round " << i;
    }
  });
}

TEST_P(go_blocking, many_at_once) {
  run([] {
    constexpr int callers = 12;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    wait_group group;
    for (int i = 0; i != callers; ++i) {
      group.go([&] {
        blocking([&] {
          ++inside;
          EXPECT_TRUE(spin_until([&] { return inside == callers || most == callers; })) << "all must be inside at once";
          most = callers;
        });
        ++done;
      });
    }
    group.wait();
    EXPECT_EQ(done, callers);
  });
}

// Short and long ones, from many goroutines: every way out of a region, and workers changing threads all the time.
TEST_P(go_blocking, in_and_out_of_step_with_the_monitor) {
  run([] {
    wait_group group;
    std::atomic<long> sum{0};
    chan<int> c(2);
    const int each = scaled(150);
    for (int g = 0; g != 6; ++g) {
      group.go([&, g] {
        for (int i = 0; i != each; ++i) {
          sum += blocking([&] {
            if ((i + g) % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(10 * (i % 12)));
            return 1;
          });
          if (i % 3 == 0) yield();
          if (g % 2 == 0) {
            c.send(i);
          } else {
            c.recv();
          }
        }
      });
    }
    group.wait();
    EXPECT_EQ(sum, 6 * each);
  });
}

TEST_P(go_blocking, inside_one_is_a_foreign_thread) {
  run([] {
    chan<int> c;
    go([=] { c.send(blocking([] { return 4; })); });
    EXPECT_EQ(blocking([&] { return c.recv(); }), 4);
    wait_group group;
    group.add(1);
    blocking([&] {
      go([&] { group.done(); });
      sleep(1ms);
      yield();
      EXPECT_EQ(panic_of([] { goexit(); }), "stealyard: goexit outside a goroutine");
      EXPECT_EQ(blocking([] { return 3; }), 3);
    });
    group.wait();
  });
}

// Both sides: while a region lasts, nothing is a deadlock; after it, everything is.
TEST_P(go_blocking, a_deadlock_is_withheld_meanwhile) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      go([] {
        blocking([] { std::this_thread::sleep_for(30ms); });
        std::printf("back\n");
        std::fflush(stdout);
      });
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_EQ(died.out, "back\n");
}

TEST_P(go_blocking, main_returns_while_one_is_inside) {
  const row r = GetParam();
  const child ended = in_child([&] {
    for (int i = 0; i != 10; ++i) {
      stealyard::run(r.parts(), [&] {
        for (int k = 0; k != 3; ++k) {
          go([=] { blocking([=] { std::this_thread::sleep_for(std::chrono::microseconds(100 * i + k)); }); });
        }
        for (int k = 0; k != i; ++k) yield();
      });
    }
    return 7;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
}

TEST_P(go_blocking, a_wired_goroutine_has_a_thread_of_its_own) {
  run([] {
    std::atomic<bool> stop{false};
    std::set<pid_t> of_others;  // under m
    mutex m;
    wait_group group;
    for (int i = 0; i != 4; ++i) {
      group.go([&] {
        while (!stop) {
          m.lock();
          of_others.insert(::gettid());
          m.unlock();
          yield();
        }
      });
    }
    chan<int> c;
    group.go([&] {
      lock_os_thread();
      lock_os_thread();
      const pid_t mine = ::gettid();
      m.lock();
      of_others.clear();
      m.unlock();
      int sum = 0;
      for (int i = 0; i != 20; ++i) {
        sum += c.recv();
        EXPECT_EQ(::gettid(), mine);
        if (i == 10) unlock_os_thread();  // one of two
        if (i % 5 == 0) sleep(100us);
        EXPECT_EQ(::gettid(), mine);
      }
      m.lock();
      EXPECT_FALSE(of_others.contains(mine)) << "somebody else ran here";
      m.unlock();
      EXPECT_EQ(sum, 190);
      unlock_os_thread();
      unlock_os_thread();  // one too many does nothing
      yield();
      stop = true;
    });
    for (int i = 0; i != 20; ++i) c.send(i);
    group.wait();
  });
}

TEST_P(go_blocking, a_wired_goroutine_may_end) {
  run([] {
    wait_group group;
    for (int i = 0; i != 5; ++i) {
      group.go([] { lock_os_thread(); });
      group.go([] {
        lock_os_thread();
        goexit();
      });
    }
    group.wait();
    EXPECT_TRUE(eventually([] { return num_goroutine() == 1; }));
    lock_os_thread();
  });
  EXPECT_EQ(panic_of([] { lock_os_thread(); }), "stealyard: lock_os_thread outside a goroutine");
  unlock_os_thread();
}

// Every thread that there may be is wired, and nobody lets go: each call says so, and nothing breaks.
TEST(go_blocking_limit, there_can_be_no_more_threads) {
  if (sanitized) GTEST_SKIP() << "not applicable: sanitizers have room for few threads";
  const child c = in_child([] {
    return stealyard::run({.workers = 2}, [] {
      const chan<bool> wired, hold;
      std::atomic<bool> all{false};
      for (int threads = 0; !all; ++threads) {
        if (threads > 1000) return 10;
        go([&all, wired, hold] {
          const std::string refused = panic_of([] { lock_os_thread(); });
          if (!refused.empty()) all = refused == "stealyard: lock_os_thread: there can be no more threads";
          wired.send(true);
          hold.recv();
        });
        wired.recv();
      }
      if (panic_of([] { set_workers(4); }) != "stealyard: set_workers: there can be no more threads") return 11;
      if (set_workers(0) != 2) return 12;
      hold.close();
      wait_group group;  // and goroutines run
      group.go([] { yield(); });
      group.wait();
      return 0;
    });
  });
  EXPECT_EQ(c.status, 0) << "10: no end of threads, 11: set_workers did not refuse, 12: but changed the number\n"
                         << ::testing::PrintToString(c);
}

}  // namespace stealyard::go_tests
