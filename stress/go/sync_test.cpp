// wait_group and mutex.
#include "stress/go/support.hpp"

#include <memory>
#include <mutex>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_sync);

TEST_P(go_sync, wait_returns_at_once_at_zero) {
  run([] {
    wait_group group;
    group.wait();
    group.add(2);
    group.add(-2);
    group.wait();
    group.add(0);
    group.wait();
  });
}

TEST_P(go_sync, wait_sees_what_was_done) {
  run([] {
    for (int round = 0; round != scaled(200); ++round) {
      wait_group group;
      std::vector<int> written(10, 0);  // plain: done -> wait orders it
      for (int& cell : written) group.go([&cell] { cell = 1; });
      group.wait();
      for (const int cell : written) ASSERT_EQ(cell, 1);
    }
  });
}

TEST_P(go_sync, many_waiters_and_reuse) {
  run([] {
    wait_group group;
    for (int round = 0; round != scaled(100); ++round) {
      constexpr int waiters = 12;
      std::atomic<int> done{0};
      std::atomic<int> early{0};
      wait_group all_back;
      group.add(3);
      for (int i = 0; i != waiters; ++i) {
        all_back.go([&] {
          group.wait();
          early += done != 3;
        });
      }
      for (int i = 0; i != 3; ++i) {
        go([&] {
          yield();
          ++done;
          group.done();
        });
      }
      all_back.wait();
      ASSERT_EQ(early, 0) << "round " << round;
    }
  });
}

// Waiters arrive while the last done takes the counter to zero.
TEST_P(go_sync, late_waiters_meet_the_last_done) {
  run([] {
    for (int round = 0; round != scaled(500); ++round) {
      auto group = std::make_unique<wait_group>();
      group->add(1);
      wait_group back;
      for (int i = 0; i != 3; ++i) back.go([&] { group->wait(); });
      for (int i = 0; i != round % 3; ++i) yield();
      back.go([&] { group->done(); });
      back.go([&] { group->wait(); });
      back.wait();
      group.reset();  // nobody may touch it any more
    }
  });
}

// The one waiter destroys it as soon as it is back.
TEST_P(go_sync, a_wait_group_may_go_when_its_wait_returns) {
  run([] {
    for (int round = 0; round != scaled(500); ++round) {
      auto group = std::make_unique<wait_group>();
      group->add(2);
      for (int i = 0; i != 2; ++i) go([g = group.get()] { g->done(); });
      group->wait();
      group.reset();
    }
  });
}

TEST_P(go_sync, negative_counter_panics) {
  run([] {
    const std::string text = "sync: negative WaitGroup counter";
    wait_group group;
    EXPECT_EQ(panic_of([&] { group.done(); }), text);
    group.add(1);
    EXPECT_EQ(panic_of([&] { group.add(-2); }), text);
    group.done();
    group.wait();
  });
}

TEST_P(go_sync, go_counts_down_however_it_ends) {
  run([] {
    wait_group group;
    group.go([] { goexit(); });
    group.go([] {
      try {
        panic("caught");
      } catch (const panic_error&) {
      }
    });
    group.go([p = std::make_unique<int>(1)] { EXPECT_EQ(*p, 1); });
    group.wait();
  });
}

TEST_P(go_sync, a_mutex_excludes) {
  run([] {
    mutex m;
    int counter = 0;  // plain
    int inside = 0;
    std::atomic<int> overlaps{0};
    wait_group group;
    const int each = scaled(1000);
    for (int i = 0; i != 8; ++i) {
      group.go([&, i] {
        for (int k = 0; k != each; ++k) {
          const std::lock_guard lock(m);
          overlaps += ++inside != 1;
          ++counter;
          if ((k + i) % 50 == 0) yield();
          if ((k + i) % 400 == 0) sleep(10us);
          --inside;
        }
      });
    }
    group.wait();
    EXPECT_EQ(counter, 8 * each);
    EXPECT_EQ(overlaps, 0);
  });
}

TEST_P(go_sync, the_standard_locks_work) {
  run([] {
    mutex a;
    mutex b;
    {
      const std::scoped_lock both(a, b);
      EXPECT_FALSE(a.try_lock());
      std::unique_lock later(b, std::defer_lock);
      EXPECT_FALSE(later.try_lock());
    }
    std::unique_lock lock(a, std::try_to_lock);
    EXPECT_TRUE(lock.owns_lock());
    lock.unlock();
    EXPECT_TRUE(a.try_lock());
    a.unlock();
  });
}

TEST_P(go_sync, try_lock_never_succeeds_beside_a_holder) {
  run([] {
    mutex m;
    std::atomic<int> inside{0};
    std::atomic<int> overlaps{0};
    std::atomic<int> taken{0};
    wait_group group;
    for (int i = 0; i != 4; ++i) {
      group.go([&] {
        for (int k = 0; k != scaled(2000); ++k) {
          if (!m.try_lock()) {
            yield();
            continue;
          }
          overlaps += ++inside != 1;
          ++taken;
          --inside;
          m.unlock();
        }
      });
    }
    group.wait();
    EXPECT_EQ(overlaps, 0);
    EXPECT_GT(taken, 0);
  });
}

// Waiting more than a millisecond makes the mutex starving: then it is handed over in FIFO order, past any newcomer.
TEST_P(go_sync, a_starving_waiter_gets_the_mutex) {
  run_alone([] {
    mutex m;
    std::string order;
    wait_group group;
    m.lock();
    for (const char who : {'a', 'b', 'c'}) {
      group.go([&, who] {
        m.lock();
        order += who;
        m.unlock();
      });
      yield();
    }
    sleep(2ms);
    m.unlock();  // 'a' is awake, but we are faster, once
    m.lock();
    yield();  // 'a' finds it taken, after more than a millisecond: starving
    m.unlock();
    EXPECT_FALSE(m.try_lock()) << "it belongs to 'a' already";
    m.lock();
    order += 'm';
    m.unlock();
    group.wait();
    EXPECT_EQ(order, "abcm");
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// A greedy goroutine that relocks at once cannot keep another out.
TEST_P(go_sync, a_greedy_owner_starves_nobody) {
  run([] {
    mutex m;
    std::atomic<bool> stop{false};
    wait_group group;
    group.go([&] {
      while (!stop) {
        const std::lock_guard lock(m);
        const auto until = std::chrono::steady_clock::now() + 100us;
        while (std::chrono::steady_clock::now() < until) yield();
      }
    });
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i != 5; ++i) {
      m.lock();
      yield();
      m.unlock();
      yield();
    }
    stop = true;
    group.wait();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  });
}

TEST_P(go_sync, a_mutex_hands_on_what_was_written) {
  run([] {
    mutex m;
    std::vector<int> log;  // plain
    wait_group group;
    for (int i = 0; i != 6; ++i) {
      group.go([&, i] {
        for (int k = 0; k != scaled(200); ++k) {
          m.lock();
          log.push_back(i);
          m.unlock();
          if (k % 7 == 0) yield();
        }
      });
    }
    group.wait();
    EXPECT_EQ(log.size(), static_cast<std::size_t>(6 * scaled(200)));
  });
}

}  // namespace stealyard::go_tests
