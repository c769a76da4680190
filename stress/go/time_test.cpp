// sleep.
#include "stress/go/support.hpp"

#include <algorithm>
#include <limits>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_time);

TEST_P(go_time, zero_and_less_return_at_once) {
  run([] {
    const auto before = clock::now();
    sleep(0ns);
    sleep(-1s);
    sleep(std::chrono::hours::min());
    sleep(std::chrono::duration<double>(-1e300));
    sleep(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
    sleep_until(clock::now() - 1s);
    sleep_until(clock::time_point::min());
    EXPECT_LT(clock::now() - before, 1s);
  });
}

TEST_P(go_time, at_least_as_long_as_asked) {
  run([] {
    for (const auto d : {1us, 50us, 999us, 3000us}) {
      const auto before = clock::now();
      sleep(d);
      EXPECT_GE(clock::now() - before, d);
    }
    const auto until = clock::now() + 2ms;
    sleep_until(until);
    EXPECT_GE(clock::now(), until);
    const auto before = clock::now();
    sleep(std::chrono::duration<double, std::milli>(1.5));
    EXPECT_GE(clock::now() - before, 1500us);
  });
}

// By a run queue that is popped newest first too, and however late the worker is.
TEST_P(go_time, sleepers_wake_in_order) {
  if (GetParam().timer_queue == "timing_wheel") GTEST_SKIP() << "not applicable: claims no order within a tick";
  run_alone([] {
    with_enough_lead([](auto lead) {
      notes order;
      wait_group group;
      std::atomic<bool> all_in_time{true};
      const auto start = clock::now() + lead;
      for (const int k : {3, 1, 4, 2, 0}) {
        group.go([&, k] {
          if (clock::now() >= start) all_in_time = false;
          sleep_until(start + std::chrono::milliseconds(k));
          order.say(k);
        });
      }
      group.wait();
      if (all_in_time) {
        EXPECT_EQ(order.text(), "01234");
      }
      return all_in_time.load();
    });
  });
}

TEST_P(go_time, many_sleepers_all_wake) {
  run([] {
    const int count = scaled(2000);
    std::atomic<int> woken{0};
    std::atomic<int> early{0};
    wait_group group;
    for (int i = 0; i != count; ++i) {
      group.go([&, i] {
        const auto d = std::chrono::microseconds((i * 7919) % 5000);
        const auto before = clock::now();
        sleep(d);
        early += clock::now() - before < d;
        ++woken;
      });
    }
    group.wait();
    EXPECT_EQ(woken, count);
    EXPECT_EQ(early, 0);
  });
}

// A shorter sleep armed while everybody sleeps longer.
TEST_P(go_time, a_shorter_alarm_overtakes) {
  run([] {
    for (int i = 0; i != scaled(20); ++i) {
      chan<int> c;
      go([=] { sleep(30s); });
      go([=] {
        sleep(1ms);
        c.send(1);
      });
      const auto before = clock::now();
      EXPECT_EQ(c.recv(), 1);
      ASSERT_LT(clock::now() - before, 5s);
    }
  });
}

TEST_P(go_time, armed_from_many_goroutines_at_once) {
  run([] {
    wait_group group;
    const auto before = clock::now();
    for (int g = 0; g != 20; ++g) {
      group.go([g] {
        for (int i = 0; i != scaled(50); ++i) sleep(std::chrono::microseconds(1 + (g * 37 + i * 11) % 200));
      });
    }
    group.wait();
    EXPECT_LT(clock::now() - before, 20s);
  });
}

// Longer than the clock can say: no overflow, no early return, and no deadlock message while it lasts.
TEST_P(go_time, huge_sleeps_saturate) {
  const row r = GetParam();
  const child c = in_child([&r] {
    return stealyard::run(r.parts(), [] {
      std::atomic<int> back{0};
      go([&] { sleep(std::chrono::hours::max()), ++back; });
      go([&] { sleep(std::chrono::duration<double>(1e300)), ++back; });
      go([&] { sleep_until(clock::time_point::max()), ++back; });
      sleep(20ms);
      return back + 7;
    });
  });
  EXPECT_EQ(c.status, 7) << ::testing::PrintToString(c);
  const child waits = in_child([&r] { return stealyard::run(r.parts(), [] { sleep(std::chrono::hours::max()); }); }, 300ms);
  EXPECT_TRUE(waits.timed_out) << "a sleep is no deadlock: " << ::testing::PrintToString(waits);
}

}  // namespace stealyard::go_tests
