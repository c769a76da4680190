// timer, ticker, after, after_func.
#include "stress/go/support.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_timer);

TEST_P(go_timer, after_sends_the_time_once) {
  run([] {
    const auto before = clock::now();
    const recv_only<clock::time_point> c = after(2ms);
    const clock::time_point sent = c.recv();
    EXPECT_GE(sent - before, 2ms);
    EXPECT_LE(sent, clock::now());
    EXPECT_FALSE(c.try_recv());
  });
}

TEST_P(go_timer, zero_and_less_fire_at_once_and_huge_ones_never) {
  run([] {
    after(0s).recv();
    after(-1h).recv();
    const timer far(std::chrono::hours::max());
    const timer farther(std::chrono::duration<double>(1e300));
    EXPECT_FALSE(far.c().try_recv());
    EXPECT_TRUE(far.stop());
    EXPECT_TRUE(farther.stop());
  });
}

TEST_P(go_timer, channel_has_len_and_cap_0) {
  run([] {
    const timer t(0s);
    EXPECT_EQ(t.c().cap(), 0u);
    EXPECT_EQ(t.c().len(), 0u);
    sleep(1ms);  // it has fired by now, or not: nobody sees the difference
    EXPECT_EQ(t.c().len(), 0u);
    t.c().recv();
    const ticker k(1ms);
    EXPECT_EQ(k.c().cap() + k.c().len(), 0u);
  });
}

// Fired long ago or not fired yet: stop of a timer that nobody received from is true, and nothing is received after it.
TEST_P(go_timer, stop_prevents_the_receive_also_of_one_that_fired) {
  run([] {
    for (const auto d : {0us, 20us, 200us}) {
      const timer t(d);
      const auto until = clock::now() + 100us;
      while (clock::now() < until) yield();
      EXPECT_TRUE(t.stop());
      EXPECT_FALSE(t.c().try_recv());
      EXPECT_FALSE(t.stop()) << "twice";
    }
    const timer fired(0s);
    sleep(2ms);
    EXPECT_TRUE(fired.stop()) << "fired unread";
    EXPECT_FALSE(fired.c().try_recv());
    const timer received(0s);
    received.c().recv();
    EXPECT_FALSE(received.stop());
  });
}

// Later and later, among others that fire meanwhile and pull forward what is looked at; then sooner than all of that.
TEST_P(go_timer, put_off_fires_when_it_was_put_off_to) {
  run([] {
    const timer t(1ms);
    const auto begin = clock::now();
    auto due = begin;
    for (unsigned i = 1; i <= 20; ++i) {
      due = clock::now() + 5ms;
      EXPECT_TRUE(t.reset(5ms));  // also where the machine stood still, and it has fired: nobody received it
      after(300us).recv();
    }
    EXPECT_GE(t.c().recv(), due);
    EXPECT_FALSE(t.c().try_recv());
    EXPECT_FALSE(t.reset(1h));
    EXPECT_TRUE(t.reset(2h));
    EXPECT_TRUE(t.reset(1ms)) << "sooner";
    t.c().recv();
    EXPECT_FALSE(t.reset(1ms));
    EXPECT_TRUE(t.reset(1h));
    sleep(3ms);
    EXPECT_FALSE(t.c().try_recv()) << "when it was due before";
    EXPECT_TRUE(t.stop());
  });
}

TEST_P(go_timer, reset_leaves_no_stale_value) {
  run([] {
    const timer t(0s);
    sleep(1ms);  // it stands fired
    const auto before = clock::now();
    EXPECT_TRUE(t.reset(3ms));
    EXPECT_GE(t.c().recv() - before, 3ms);
    EXPECT_FALSE(t.reset(0s));
    t.c().recv();
    EXPECT_FALSE(t.stop());
    EXPECT_FALSE(t.reset(1h));
    EXPECT_TRUE(t.reset(1h));
    EXPECT_TRUE(t.stop());
  });
}

// Each firing is either received or prevented, exactly once, whoever is faster.
TEST_P(go_timer, stop_and_reset_against_firing_and_receiving) {
  run([] {
    int received = 0;
    int prevented = 0;
    const int rounds = scaled(2000);
    const timer t(0s);
    chan<int> turn;
    chan<int> answer;
    go([=] {
      for (const int i : turn) answer.send(t.stop() ? 1 : static_cast<int>(i < 0));
    });
    for (int i = 0; i != rounds; ++i) {
      if (i != 0) {
        EXPECT_FALSE(t.reset(std::chrono::microseconds(i % 30)));
      }
      turn.send(i);
      for (int spins = i % 50; spins != 0; --spins) yield();
      bool got = t.c().try_recv().has_value();
      const bool stopped = answer.recv() == 1;
      if (!got && !stopped) got = t.c().try_recv().has_value();  // received by nobody, stopped by nobody: it must be there
      received += got;
      prevented += stopped;
      ASSERT_NE(got, stopped) << "round " << i;
      ASSERT_FALSE(t.c().try_recv()) << "a stale value in round " << i;
    }
    turn.close();
    EXPECT_EQ(received + prevented, rounds);
  });
}

TEST_P(go_timer, reset_many_times_fires_once) {
  run([] {
    const timer t(1h);
    for (int i = 0; i != scaled(1000); ++i) EXPECT_TRUE(t.reset(std::chrono::milliseconds(1 + i % 3) + 1h));
    EXPECT_TRUE(t.reset(0s));
    t.c().recv();
    EXPECT_FALSE(t.c().try_recv());
  });
}

// Who parks holds the channel's lock until it is suspended; were due timers fired before, this one would want that lock.
TEST_P(go_timer, one_may_park_on_a_timer_that_is_due) {
  run([] {
    for (int i = 0; i != scaled(3000); ++i) {
      const timer t(0s);
      t.c().recv();
    }
  });
}

TEST_P(go_timer, ticker_ticks_until_stopped) {
  run([] {
    const auto before = clock::now();
    const ticker k(500us);
    clock::time_point last{};
    for (int i = 1; i <= 5; ++i) {
      const clock::time_point tick = k.c().recv();
      EXPECT_GT(tick, last);
      EXPECT_GE(tick - before, i * 500us);
      last = tick;
    }
    const auto again = clock::now();
    k.reset(1ms);
    EXPECT_GE(k.c().recv() - again, 1ms);
    sleep(3ms);
    k.stop();
    EXPECT_FALSE(k.c().try_recv()) << "a tick of before the stop";
  });
}

TEST_P(go_timer, ticker_drops_ticks_for_slow_receivers) {
  run([] {
    const ticker k(100us);
    sleep(5ms);
    EXPECT_TRUE(eventually([&] { return k.c().try_recv().has_value(); }));
    // At most the one that stands now: not the fifty that were missed.
    int more = 0;
    const auto until = clock::now();
    while (k.c().try_recv()) ++more;
    EXPECT_LE(more, 1 + (clock::now() - until) / 100us);
  });
}

TEST_P(go_timer, periods_that_are_not_positive_panic) {
  run([] {
    EXPECT_EQ(panic_of([] { ticker k(0s); }), "non-positive interval for NewTicker");
    EXPECT_EQ(panic_of([] { ticker k(-1s); }), "non-positive interval for NewTicker");
    const ticker k(1h);
    EXPECT_EQ(panic_of([&] { k.reset(0s); }), "non-positive interval for Ticker.Reset");
    ticker gone(1h);
    const ticker taken = std::move(gone);
    EXPECT_EQ(panic_of([&] { gone.stop(); }), "time: Stop called on uninitialized Ticker");
    EXPECT_EQ(panic_of([&] { gone.reset(1s); }), "time: Reset called on uninitialized Ticker");
    timer left(1h);
    const timer other = std::move(left);
    EXPECT_EQ(panic_of([&] { left.stop(); }), "time: Stop called on uninitialized Timer");
    EXPECT_EQ(panic_of([&] { left.reset(1s); }), "time: Reset called on uninitialized Timer");
    EXPECT_TRUE(other.stop());
    taken.stop();
  });
}

TEST_P(go_timer, after_func_runs_in_a_goroutine_of_its_own) {
  run([] {
    chan<int> c;
    chan<int> never_ready;
    const timer t = after_func(1ms, [=] {
      c.send(7);              // may block
      never_ready.recv();     // and never come back
    });
    EXPECT_FALSE(t.c()) << "its channel is nil";
    EXPECT_EQ(c.recv(), 7);
    EXPECT_FALSE(t.stop());
    EXPECT_FALSE(t.reset(0s));
    EXPECT_EQ(c.recv(), 7);
  });
}

TEST_P(go_timer, after_func_stopped_never_runs) {
  run([] {
    auto ran = std::make_shared<std::atomic<int>>(0);
    const timer t = after_func(1h, [ran] { ++*ran; });
    EXPECT_EQ(ran.use_count(), 2);
    EXPECT_TRUE(t.reset(2h));
    EXPECT_TRUE(t.stop());
    EXPECT_FALSE(t.stop());
    EXPECT_EQ(*ran, 0);
  });
}

// Move-only and large callables; dropping the handle changes nothing for an after_func.
TEST_P(go_timer, after_func_outlives_its_handle) {
  run([] {
    chan<int> c;
    auto owned = std::make_unique<int>(3);
    std::array<int, 100> large{};
    std::iota(large.begin(), large.end(), 0);
    after_func(1ms, [=, owned = std::move(owned)] { c.send(*owned + large[99]); });
    EXPECT_EQ(c.recv(), 102);
  });
}

// Whatever is dropped is gone: the timer's state, what an after_func captured, also if the run ends first.
TEST_P(go_timer, dropped_ones_do_not_leak) {
  auto token = std::make_shared<int>(0);
  run([&] {
    for (int i = 0; i != scaled(20'000); ++i) {
      after(1h);
      const ticker k(1h);
    }
    after_func(0s, [token] {});
    EXPECT_TRUE(eventually([&] { return token.use_count() == 1; }));
    {
      const timer t = after_func(1h, [token] {}), same = t;
      EXPECT_TRUE(same.stop());
    }
    EXPECT_EQ(token.use_count(), 1);
    after_func(1h, [token] {});
    EXPECT_EQ(token.use_count(), 2);
  });
  EXPECT_EQ(token.use_count(), 1) << "the run ended under an armed after_func";
}

// Several due at once become ready in the order they were due.
TEST_P(go_timer, several_due_at_once_run_in_due_order) {
  if (GetParam().timer_queue == "timing_wheel") GTEST_SKIP() << "not applicable: claims no order within a tick";
  run_alone([] {
    with_enough_lead([](auto lead) {
      notes order;
      wait_group group;
      std::atomic<bool> all_in_time{true};
      const auto start = clock::now() + lead;
      for (const int k : {3, 1, 4, 2, 0, 9, 7, 8, 5, 6}) {
        group.go([&, k] {
          if (clock::now() >= start) all_in_time = false;
          sleep_until(start + std::chrono::microseconds(k));
          order.say(k);
        });
      }
      yield();
      if (clock::now() >= start) all_in_time = false;  // somebody may have looked, and fired some of them
      while (clock::now() < start + 20us) {
      }  // all of them are due now, and nobody has looked
      group.wait();
      if (!all_in_time) return false;
      // Every 61st look a worker takes the oldest of a newest-first queue, and of these that is the last: nobody is to starve there.
      std::string text = order.text();
      EXPECT_EQ(std::erase(text, '9'), 1u) << order.text();
      EXPECT_EQ(text, "012345678") << order.text();
      return true;
    });
  });
}

// An armed timer is something that can happen still; without one, the same wait is a deadlock.
TEST_P(go_timer, armed_timers_withhold_the_deadlock_message) {
  const auto ends_within = [](std::chrono::milliseconds limit, auto arm) {
    const row r = GetParam();
    return in_child([&] { return stealyard::run(r.parts(), [&] { return arm(), chan<int>().recv(); }); }, limit);
  };
  const auto waits = [&](auto arm) { return ends_within(100ms, arm).timed_out; };
  const auto ends = [&](auto arm) { return ends_within(60s, arm); };
  EXPECT_TRUE(waits([] { static timer t(1h); }));
  EXPECT_TRUE(waits([] { static ticker t(1h); }));
  EXPECT_TRUE(waits([] { after_func(1h, [] {}); }));
  const child c = ends([] {
    static timer t(1h);
    t.stop();
    static ticker k(1h);
    k.stop();
    after(1h);  // dropped
    after_func(1h, [] {}).stop();
    after(1ms).recv();
    after_func(0s, [] {});
  });
  EXPECT_EQ(c.status, 2) << ::testing::PrintToString(c);
  EXPECT_TRUE(starts_with(c.err, "fatal error: all goroutines are asleep - deadlock!")) << ::testing::PrintToString(c);
}

TEST_P(go_timer, shared_by_foreign_threads) {
  run([] {
    const timer t(1h);
    chan<int> turn;
    std::thread outside([t, turn, guard = foreign_guard()] {
      EXPECT_TRUE(t.reset(1ms));
      t.c().recv();
      EXPECT_FALSE(t.reset(0s));
      turn.send(1);
      after(100us).recv();
      turn.send(2);
    });
    turn.recv();
    t.c().recv();
    turn.recv();  // a join would keep the only worker from firing
    outside.join();
  });
}

TEST_P(go_timer, outside_run_panics_and_after_it_stops_harmlessly) {
  EXPECT_EQ(panic_of([] { after(1s); }), "stealyard: timer outside run");
  std::optional<timer> escaped;
  std::optional<timer> function;
  run([&] {
    escaped.emplace(1h);
    function.emplace(after_func(1h, [] {}));
  });
  EXPECT_EQ(panic_of([&] { escaped->reset(1s); }), "stealyard: timer used after its run has ended");
  EXPECT_EQ(panic_of([&] { function->reset(1s); }), "stealyard: timer used after its run has ended");
  EXPECT_FALSE(escaped->stop());
  run([&] { EXPECT_EQ(panic_of([&] { escaped->reset(1s); }), "stealyard: timer used after its run has ended"); });
}

}  // namespace stealyard::go_tests
