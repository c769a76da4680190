// Threads that the runtime did not start use channels, wait groups, mutexes and go().
#include "stress/go/support.hpp"

#include <mutex>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_foreign);

TEST_P(go_foreign, send_and_receive) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<int> there(capacity);
      chan<int> back(capacity);
      const int count = scaled(500);
      std::thread echo([=, guard = foreign_guard()] {
        for (int v : there) back.send(v + 1);
        back.close();
      });
      wait_group group;
      group.go([=] {
        for (int i = 0; i != count; ++i) there.send(i);
        there.close();
      });
      int expected = 1;
      for (int v : back) ASSERT_EQ(v, expected++);
      EXPECT_EQ(expected, count + 1);
      group.wait();
      echo.join();
    }
  });
}

TEST_P(go_foreign, foreign_threads_among_themselves) {
  run([] {
    chan<int> c(1);
    std::thread a([c, guard = foreign_guard()] {
      for (int i = 0; i != scaled(500); ++i) c.send(1);
      c.close();
    });
    int sum = 0;
    std::thread b([c, &sum, guard = foreign_guard()] {
      for (int v : c) sum += v;
    });
    wait_group group;
    group.go([] { sleep(1ms); });
    group.wait();
    a.join();
    b.join();
    EXPECT_EQ(sum, scaled(500));
  });
}

TEST_P(go_foreign, an_idle_runtime_is_woken) {
  run([] {
    chan<int> c;
    std::thread waker([c, guard = foreign_guard()] {
      for (int i = 0; i != scaled(30); ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(100 * (i % 5)));
        c.send(i);
      }
    });
    for (int i = 0; i != scaled(30); ++i) ASSERT_EQ(c.recv(), i);
    waker.join();
  });
}

// Many wakers, each with work for its own goroutine: no wake-up may be lost.
TEST_P(go_foreign, many_wakers) {
  run([] {
    constexpr int pairs = 4;
    const int each = scaled(300);
    std::vector<std::thread> threads;
    wait_group group;
    for (int p = 0; p != pairs; ++p) {
      chan<int> there;
      chan<int> back(p % 2);
      threads.emplace_back([=, guard = foreign_guard()] {
        for (int i = 0; i != each; ++i) {
          there.send(i);
          EXPECT_EQ(back.recv(), i);
        }
        there.close();
      });
      group.go([=] {
        for (int v : there) back.send(v);
      });
    }
    group.wait();
    for (auto& t : threads) t.join();
  });
}

TEST_P(go_foreign, wait_group_and_mutex) {
  run([] {
    mutex m;
    int counter = 0;
    wait_group group;
    std::vector<std::thread> threads;
    const int each = scaled(300);
    for (int i = 0; i != 3; ++i) {
      group.add(1);
      threads.emplace_back([&, guard = foreign_guard()] {
        for (int k = 0; k != each; ++k) {
          const std::lock_guard lock(m);
          ++counter;
        }
        group.done();
      });
      group.go([&] {
        for (int k = 0; k != each; ++k) {
          const std::lock_guard lock(m);
          ++counter;
          if (k % 20 == 0) yield();
        }
      });
    }
    std::thread waiter([&, guard = foreign_guard()] {
      group.wait();
      EXPECT_EQ(counter, 6 * each);
    });
    group.wait();
    waiter.join();
    for (auto& t : threads) t.join();
    EXPECT_EQ(counter, 6 * each);
  });
}

TEST_P(go_foreign, a_blocked_foreign_sender_panics_at_close) {
  run([] {
    chan<int> c(1);
    c.send(0);
    std::string text;
    std::atomic<bool> there{false};
    std::thread sender([&, c, guard = foreign_guard()] {
      there = true;
      text = panic_of([&] { c.send(1); });
    });
    EXPECT_TRUE(eventually([&] { return there.load(); }));
    sleep(1ms);
    c.close();
    sender.join();
    EXPECT_EQ(text, "send on closed channel");
  });
}

TEST_P(go_foreign, exceptions_and_sleep) {
  run([] {
    std::thread t([guard = foreign_guard()] {
      const auto before = clock::now();
      sleep(1ms);
      EXPECT_GE(clock::now() - before, 1ms);
      EXPECT_EQ(panic_of([] { goexit(); }), "stealyard: goexit outside a goroutine");
      yield();
    });
    t.join();
  });
  EXPECT_EQ(panic_of([] { const foreign_guard guard; }), "stealyard: foreign_guard outside run");
}

}  // namespace stealyard::go_tests
