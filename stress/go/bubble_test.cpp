// Virtual time, and with it what the rules of time and context say to the nanosecond.
#include "stress/go/support.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_bubble);

namespace {

std::chrono::nanoseconds virtual_now() { return clock::now().time_since_epoch(); }

}  // namespace

TEST_P(go_bubble, time_jumps_when_all_are_durably_blocked) {
  run([] {
    const auto before = std::chrono::steady_clock::now();
    bubble([] {
      EXPECT_EQ(virtual_now(), 0ns);
      sleep(24h);
      EXPECT_EQ(virtual_now(), 24h);
      chan<int> c;
      go([=] {
        sleep(1ns);
        c.send(1);
      });
      c.recv();
      EXPECT_EQ(virtual_now(), 24h + 1ns);
      sleep(-1s);
      sleep_until(clock::time_point(1h));
      EXPECT_EQ(virtual_now(), 24h + 1ns);
    });
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1h);
    EXPECT_GT(virtual_now(), 0ns) << "outside, time is real";
  });
}

TEST_P(go_bubble, sleepers_wake_in_due_order) {
  run([] {
    bubble([] {
      std::vector<int> order;  // under m: that one runs at a time is no edge
      mutex m;
      wait_group group;
      for (const int k : {3, 1, 4, 2, 0}) {
        group.go([&, k] {
          sleep(std::chrono::nanoseconds(1 + k));
          const std::lock_guard lock(m);
          order.push_back(k);
        });
      }
      group.wait();
      EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
      EXPECT_EQ(virtual_now(), 5ns);
    });
  });
}

TEST_P(go_bubble, wait_returns_once_the_others_are_blocked) {
  run([] {
    bubble([] {
      std::atomic<int> steps{0};  // that the clock stands still is no edge
      chan<int> c;
      go([&, c] {
        for (int i = 0; i != 10; ++i) {
          ++steps;
          yield();
        }
        c.recv();
        ++steps;
        sleep(1s);
        ++steps;
      });
      bubble_wait();
      EXPECT_EQ(steps, 10);
      c.send(1);
      bubble_wait();
      EXPECT_EQ(steps, 11) << "waiting does not move the clock";
      sleep(1s);
      bubble_wait();
      EXPECT_EQ(steps, 12);
    });
  });
}

// Timers, tickers, after, after_func and contexts, to the nanosecond.
TEST_P(go_bubble, timers_are_virtual) {
  run([] {
    bubble([] {
      EXPECT_EQ(after(3s).recv().time_since_epoch(), 3s);
      const timer t(5s);
      sleep(5s);
      bubble_wait();
      EXPECT_TRUE(t.stop()) << "fired unread";
      EXPECT_FALSE(t.c().try_recv());
      EXPECT_FALSE(t.reset(1s));
      EXPECT_EQ(t.c().recv().time_since_epoch(), 9s);

      const ticker k(1s);
      for (int i = 1; i <= 3; ++i) EXPECT_EQ(k.c().recv().time_since_epoch(), 9s + i * 1s);
      sleep(10s);  // to 22 s: the tick of 13 s stands, nine are dropped
      EXPECT_EQ(k.c().recv().time_since_epoch(), 13s);
      EXPECT_EQ(k.c().recv().time_since_epoch(), 23s);
      k.reset(5s);
      EXPECT_EQ(k.c().recv().time_since_epoch(), 28s);
      k.stop();

      std::chrono::nanoseconds ran{};
      const timer f = after_func(2s, [&] { ran = virtual_now(); });
      sleep(2s);
      bubble_wait();
      EXPECT_EQ(ran, 30s);
      EXPECT_FALSE(f.stop());
      EXPECT_FALSE(f.reset(1h));
      EXPECT_TRUE(f.stop());
      EXPECT_EQ(virtual_now(), 30s);
    });
  });
}

TEST_P(go_bubble, contexts_are_virtual) {
  run([] {
    bubble([] {
      auto [ctx, cancel] = with_timeout(background(), 10s);
      const context inner = with_deadline(ctx, clock::now() + 4s).first;
      const context below = with_timeout(inner, 9s).first;
      sleep(4s - 1ns);
      bubble_wait();
      EXPECT_EQ(below.err(), context_error::none);
      sleep(1ns);
      bubble_wait();
      EXPECT_EQ(below.err(), context_error::deadline_exceeded) << "the earliest deadline";
      EXPECT_EQ(ctx.err(), context_error::none);
      ctx.done().recv();
      EXPECT_EQ(virtual_now(), 10s);
    });
  });
}

TEST_P(go_bubble, deadlock_inside_is_a_panic) {
  run([] {
    const char* text = "deadlock: all goroutines in bubble are blocked";
    EXPECT_EQ(panic_of([] { bubble([] { chan<int>().recv(); }); }), text);
    EXPECT_EQ(panic_of([] {
                bubble([] {
                  const ticker nobody_listens(1ms);
                  chan<int>{nullptr}.recv();
                });
              }),
              text);
    EXPECT_EQ(panic_of([] {
                bubble([] {
                  const timer t(1h);
                  go([t] { t.c().recv(); });
                });
              }),
              "")
        << "a timer that somebody listens to ends the wait";
  });
}

TEST_P(go_bubble, select_waits_and_times_out_in_virtual_time) {
  run([] {
    std::optional<chan<int>> escaped;
    bubble([&] {
      chan<int> c, d;
      go([=] {
        sleep(2s);
        c.send(1);
      });
      std::vector<std::chrono::nanoseconds> when;
      for (int i = 0; i != 3; ++i) {
        select(on_recv(c, [&](int) { when.push_back(virtual_now()); }), on_recv(d),
               on_recv(after(5s), [&] { when.push_back(-virtual_now()); }));
      }
      EXPECT_EQ(when, (std::vector<std::chrono::nanoseconds>{2s, -7s, -12s}));
      auto [ctx, cancel] = with_timeout(background(), 1s);
      select(on_recv(ctx.done(), [&] { EXPECT_EQ(virtual_now(), 13s); }), on_recv(c));
      escaped.emplace(c);
    });
    chan<int> own;
    EXPECT_EQ(panic_of([&] { select(on_recv(*escaped), on_recv(own)); }), "select on synctest channel from outside bubble");
  });
}

// A mutex or a channel of the outside may be released by anybody: time stands still meanwhile.
TEST_P(go_bubble, who_waits_for_the_outside_holds_the_time) {
  run([] {
    chan<int> outside;
    mutex lock;
    lock.lock();
    go([&, outside] {
      sleep(1ms);
      outside.send(5);
      lock.unlock();
    });
    bubble([&] {
      go([&] { EXPECT_EQ(outside.recv(), 5); });
      go([&] {
        lock.lock();
        EXPECT_EQ(virtual_now(), 0ns);
        lock.unlock();
      });
      sleep(1s);
      EXPECT_EQ(virtual_now(), 1s);
    });
  });
}

TEST_P(go_bubble, misuse_panics_in_go_s_words) {
  run([] {
    EXPECT_EQ(panic_of([] { bubble_wait(); }), "goroutine is not in a bubble");
    std::optional<chan<int>> c;
    std::optional<timer> t;
    std::optional<timer> f;
    bubble([&] {
      EXPECT_EQ(panic_of([] { bubble([] {}); }), "synctest.Run called from within a synctest bubble");
      c.emplace(1);
      t.emplace(1h);
      f.emplace(after_func(1h, [] {}));
      std::multiset<std::string> said;  // under m
      mutex m;
      wait_group group;
      for (int i = 0; i != 2; ++i) {
        group.go([&] {
          const std::string text = panic_of([] { bubble_wait(); });
          const std::lock_guard lock(m);
          said.insert(text);
        });
      }
      group.wait();
      EXPECT_EQ(said, (std::multiset<std::string>{"", "wait already in progress"}));
    });
    EXPECT_EQ(panic_of([&] { c->send(1); }), "send on synctest channel from outside bubble");
    EXPECT_EQ(panic_of([&] { (void)c->try_send(1); }), "send on synctest channel from outside bubble");
    EXPECT_EQ(panic_of([&] { c->recv(); }), "receive on synctest channel from outside bubble");
    EXPECT_EQ(panic_of([&] { c->try_recv(); }), "receive on synctest channel from outside bubble");
    EXPECT_EQ(panic_of([&] { c->close(); }), "close of synctest channel from outside bubble");
    EXPECT_EQ(panic_of([&] { t->stop(); }), "stop of synctest timer from outside bubble");
    EXPECT_EQ(panic_of([&] { t->reset(1s); }), "reset of synctest timer from outside bubble");
    EXPECT_EQ(panic_of([&] { f->stop(); }), "stop of synctest timer from outside bubble");
    EXPECT_EQ(panic_of([&] { f->reset(1s); }), "reset of synctest timer from outside bubble");
    bubble([&] { EXPECT_EQ(panic_of([&] { c->recv(); }), "receive on synctest channel from outside bubble") << "another bubble"; });
  });
  EXPECT_EQ(panic_of([] { bubble([] {}); }), "stealyard: bubble outside a goroutine");
}

TEST_P(go_bubble, goexit_and_nested_goroutines_end_it) {
  run([] {
    std::atomic<int> ended{0};  // time orders the two, which is no edge
    bubble([&] {
      go([&] {
        sleep(1s);
        go([&] {
          sleep(1h);
          ++ended;
        });
        ++ended;
        goexit();
      });
      goexit();
    });
    EXPECT_EQ(ended, 2);
  });
}

namespace {

// A program with races of every kind, and what it did.
std::string trace_of(std::uint64_t seed) {
  notes trace;
  bubble(
      [&] {
        chan<int> c(2);
        mutex m;
        wait_group group;
        for (int g = 0; g != 5; ++g) {
          group.go([&, g, c] {
            for (int i = 0; i != 6; ++i) {
              m.lock();
              trace.say(g, i, '@', virtual_now().count(), ' ');
              if (i % 2 == 0) yield();
              m.unlock();
              if (i % 3 == 0) sleep(std::chrono::nanoseconds(1 + g % 2));
              c.send(g);
            }
          });
        }
        after_func(2ns, [&] { trace.say("timer "); });
        chan<int> collected;
        const ticker k(1ns);
        go([&, c, collected, k] {
          for (bool open = true; open;) {
            select(on_recv(c,
                           [&](int g, bool more) {
                             open = more;
                             trace.say('<', g, ' ');
                           }),
                   on_recv(k.c(), [&] { trace.say("tick "); }));
          }
          collected.close();
        });
        group.wait();
        c.close();
        collected.recv();
      },
      {.seed = seed});
  return trace.text();
}

}  // namespace

// The same in every run, on any number of workers and whatever the other parts, but for those that decide who is served: the channel
// buffer and the selector. Other seeds find other orders.
TEST_P(go_bubble, deterministic_under_a_seed) {
  static std::map<std::string, std::string> first;  // by buffer, selector and seed: what the first row of them did
  std::set<std::string> different;
  run([&] {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const std::string trace = trace_of(seed);
      EXPECT_EQ(trace, trace_of(seed));
      const std::string key = GetParam().channel_buffer + " " + GetParam().selector + " " + std::to_string(seed);
      EXPECT_EQ(trace, first.try_emplace(key, trace).first->second) << "another row did something else";
      different.insert(trace);
    }
  });
  EXPECT_GT(different.size(), 4u);
}

// Bubbles are independent of each other, and of what goes on outside.
TEST_P(go_bubble, several_at_once) {
  run([] {
    wait_group group;
    for (int b = 0; b != 4; ++b) {
      group.go([b] {
        bubble([b] {
          wait_group inner;
          for (int g = 0; g != 10; ++g) {
            inner.go([g, b] {
              for (int i = 0; i != scaled(50); ++i) sleep(std::chrono::nanoseconds(1 + (g + b) % 7));
            });
          }
          inner.wait();
        });
      });
    }
    for (int i = 0; i != 20; ++i) sleep(50us);
    group.wait();
  });
}

}  // namespace stealyard::go_tests
