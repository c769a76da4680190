// Progress beside goroutines that spin, and fairness among those that do not: work must not strand where its worker is busy.
#include "stress/go/support.hpp"

#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_spin);

// The goroutine just started lies in its worker's private slot, and the worker spins.
TEST_P(go_spin, a_started_goroutine_runs_beside_its_spinning_starter) {
  if (workers() == 1) GTEST_SKIP() << "not applicable: one worker cannot run two goroutines at once";
  run([] {
    for (int i = 0; i != scaled(20); ++i) {
      std::atomic<bool> ran{false};
      wait_group group;
      group.go([&] { ran = true; });
      EXPECT_TRUE(spin_until([&] { return ran.load(); })) << "round " << i;
      group.wait();
    }
  });
}

// Everybody slept before: the one whom the timer woke must have left somebody on watch.
TEST_P(go_spin, a_started_goroutine_runs_beside_a_starter_that_just_slept) {
  if (workers() == 1) GTEST_SKIP() << "not applicable: one worker cannot run two goroutines at once";
  run([] {
    for (int i = 0; i != scaled(20); ++i) {
      sleep(std::chrono::microseconds(200 * (i % 4)));
      std::atomic<bool> ran{false};
      wait_group group;
      group.go([&] { ran = true; });
      ASSERT_TRUE(spin_until([&] { return ran.load(); })) << "round " << i;
      group.wait();
    }
  });
}

// Whoever relieves a stuck worker gets stuck as well.
TEST_P(go_spin, a_chain_of_spinners_is_relieved_to_the_last) {
  const int links = static_cast<int>(std::min(workers(), 4u));
  if (links == 1) GTEST_SKIP() << "not applicable: one worker cannot run two goroutines at once";
  run([links] {
    for (int i = 0; i != scaled(10); ++i) {
      sleep(1ms);
      std::atomic<int> reached{0};
      wait_group group;
      std::function<void(int)> link = [&](int n) {
        ++reached;
        if (n == links) return;
        group.go([&link, n] { link(n + 1); });
        EXPECT_TRUE(spin_until([&] { return reached == links; })) << "stuck at " << n;
      };
      link(1);
      group.wait();
    }
  });
}

// A sleeper whose timer lies on a worker that spins is woken by another.
TEST_P(go_spin, a_timer_fires_beside_spinners) {
  if (workers() < 3) GTEST_SKIP() << "not applicable: needs a worker beside two that spin";
  run([] {
    for (int i = 0; i != scaled(10); ++i) {
      std::atomic<int> woken{0};
      wait_group group;
      for (int k = 1; k <= 2; ++k) {
        group.go([&, k] {
          sleep(std::chrono::milliseconds(2 * k));
          ++woken;
          EXPECT_TRUE(spin_until([&] { return woken == 2; })) << "round " << i;
        });
      }
      group.wait();
    }
  });
}

// Goroutines that never park, each starting the next, may not keep a timer from firing.
TEST_P(go_spin, a_chain_of_short_goroutines_does_not_starve_a_sleeper) {
  run([] {
    std::atomic<bool> stop{false};
    std::atomic<bool> ended{false};
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    std::function<void()> respawn = [&] {
      if (stop || std::chrono::steady_clock::now() > give_up) {
        ended = true;
      } else {
        go([&respawn] { respawn(); });
      }
    };
    go([&respawn] { respawn(); });
    const auto before = std::chrono::steady_clock::now();
    sleep(2ms);
    stop = true;
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_TRUE(eventually([&] { return ended.load(); }));
  });
}

// Two that hand to each other through the next slot may not keep others of their worker, or foreign work, from running.
TEST_P(go_spin, a_ping_pong_does_not_starve_others) {
  run([] {
    chan<int> there, back;
    std::atomic<bool> stop{false};
    std::atomic<bool> other{false};
    wait_group group;
    group.go([&] {
      for (int v : there) back.send(v);
    });
    group.go([&] { other = true; });
    group.go([&] {
      sleep(1ms);
      stop = true;
    });
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while ((!stop || !other) && std::chrono::steady_clock::now() < limit) {
      there.send(1);
      back.recv();
    }
    EXPECT_TRUE(other);
    EXPECT_TRUE(stop);
    there.close();
    group.wait();
  });
}

// A stream of foreign work may not keep a worker's own timers and yielded goroutines from their turn.
TEST_P(go_spin, foreign_work_does_not_starve_timers_and_yielders) {
  run([] {
    chan<int> there, back;
    std::atomic<bool> stop{false};
    std::atomic<int> waiting{0};
    std::thread feeder([&, guard = foreign_guard()] {
      while (!stop) {
        if (waiting.load() > 200) continue;
        ++waiting;
        go([&waiting] { --waiting; });
      }
    });
    wait_group group;
    group.go([&] {
      for (int v : there) back.send(v);
    });
    std::atomic<int> yields{0};
    group.go([&] {
      while (!stop) {
        yield();
        ++yields;
      }
    });
    std::atomic<bool> slept{false};
    group.go([&] {
      sleep(1ms);
      slept = true;
    });
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while ((!slept || yields < 20) && std::chrono::steady_clock::now() < limit) {
      there.send(1);
      back.recv();
    }
    EXPECT_TRUE(slept);
    EXPECT_GE(yields, 20);
    stop = true;
    there.close();
    group.wait();
    feeder.join();
    EXPECT_TRUE(eventually([&] { return waiting == 0; }));
  });
}

TEST_P(go_spin, two_yielders_alternate) {
  run_alone([] {
    notes said;
    wait_group group;
    for (const char who : {'a', 'b'}) {
      group.go([&said, who] {
        for (int i = 0; i != 5; ++i) {
          said.say(who);
          yield();
        }
      });
    }
    group.wait();
    const std::string order = said.text();
    ASSERT_EQ(order.size(), 10u);
    for (std::size_t i = 2; i != order.size(); ++i) EXPECT_NE(order[i], order[i - 1]) << order;
  });
}

TEST_P(go_spin, a_yielder_lets_every_other_run) {
  run_alone([] {
    std::atomic<int> ran{0};
    for (int i = 0; i != 100; ++i) go([&] { ++ran; });
    for (int i = 0; i != 3; ++i) yield();  // one may be cut short by the look at the queues that would starve
    EXPECT_EQ(ran, 100);
  });
}

TEST_P(go_spin, yield_returns_at_once_when_alone) {
  run([] {
    for (int i = 0; i != 1000; ++i) yield();
  });
  stealyard::yield();  // on a foreign thread: nothing to do, no harm
}

}  // namespace stealyard::go_tests
