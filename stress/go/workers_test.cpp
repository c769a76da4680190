// set_workers: the number of workers changes while goroutines run. Nothing is lost, nothing runs twice, and as many workers run as were
// asked for.
#include "core/sched/preempt.hpp"
#include "stress/go/messages.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <sched.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_workers);

namespace {

STEALYARD_PREEMPTIBLE void computes_until(const std::atomic<bool>* stop) {
  while (!stop->load(std::memory_order_relaxed)) asm volatile("" ::: "memory");
}

int cpus_allowed_here() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

// n goroutines that are all inside at once, none of them at a call of the runtime: on n workers, or never.
bool all_run_at_once(int n, const std::function<void()>& inside_each = [] {}) {
  std::atomic<int> inside{0};
  std::atomic<bool> met{true};
  wait_group group;
  for (int i = 0; i != n; ++i) {
    group.go([&] {
      ++inside;
      if (!spin_until([&] { return inside == n; })) met = false;
      inside_each();
    });
  }
  group.wait();
  return met;
}

}  // namespace

TEST_P(go_workers, the_old_number_is_returned_and_less_than_one_asks) {
  run([n = static_cast<int>(workers())] {
    EXPECT_EQ(set_workers(0), n);
    EXPECT_EQ(set_workers(-7), n);
    EXPECT_EQ(set_workers(n), n) << "as it is";
    EXPECT_EQ(set_workers(3), n);
    EXPECT_EQ(set_workers(1), 3);
    EXPECT_EQ(set_workers(0), 1);
    wait_group group;
    group.go([] { EXPECT_EQ(set_workers(2), 1); });
    group.wait();
    EXPECT_EQ(set_workers(0), 2);
  });
  EXPECT_EQ(run([] { return set_workers(0); }), static_cast<int>(workers())) << "a new run begins anew";
}

TEST(go_workers, two_hundred_and_fifty_six_and_no_more) {
  EXPECT_EQ(set_workers(0), 0) << "outside run";
  EXPECT_EQ(panic_of([] { set_workers(2); }), "stealyard: set_workers outside a goroutine");
  stealyard::run({.workers = 2}, [] {
    EXPECT_EQ(panic_of([] { set_workers(257); }), "stealyard: set_workers(257): 1 .. 256 are possible, and less than 1 only asks");
    EXPECT_EQ(set_workers(0), 2);
    std::thread([] {
      EXPECT_EQ(set_workers(0), 2);
      EXPECT_EQ(panic_of([] { set_workers(1); }), "stealyard: set_workers outside a goroutine");
    }).join();
    blocking([] { EXPECT_EQ(panic_of([] { set_workers(1); }), "stealyard: set_workers outside a goroutine"); });
    if (tsan) return;  // it has room for few threads
    EXPECT_EQ(set_workers(256), 2);
    wait_group group;
    std::atomic<int> ran{0};
    for (int i = 0; i != 1000; ++i) group.go([&] { ++ran; });
    group.wait();
    EXPECT_EQ(ran, 1000);
    EXPECT_EQ(set_workers(2), 256);
  });
}

// Every way to wait and to be woken, while the number goes up and down.
TEST_P(go_workers, nothing_is_lost_and_nothing_runs_twice) {
  run([start = static_cast<int>(workers())] {
    const int each = scaled(60);
    std::atomic<int> slept{0}, blocked{0}, wired{0}, yielded{0}, computed{0};
    std::atomic<long> echoed{0};
    wait_group group;
    for (int pair = 0; pair != scaled(300); ++pair) {
      chan<int> there(pair % 3), back;
      group.go([=] {
        for (int v : there) back.send(v + 1);
        back.close();
      });
      group.go([=, &echoed] {
        for (int i = 0; i != 8; ++i) {
          there.send(i);
          echoed += back.recv() == i + 1 ? 1 : 1'000'000;
        }
        there.close();
      });
    }
    for (int g = 0; g != 8; ++g) {
      group.go([&] {
        for (int i = 0; i != each; ++i) sleep(std::chrono::microseconds(20 * (i % 7))), ++slept;
      });
      group.go([&] {
        for (int i = 0; i != each; ++i) yield(), ++yielded;
      });
      group.go([&] {
        for (int i = 0; i != each / 3; ++i) {
          blocking([&] { std::this_thread::sleep_for(std::chrono::microseconds(30 * (i % 5))); });
          ++blocked;
        }
      });
      group.go([&] {
        lock_os_thread();
        const pid_t mine = ::gettid();
        for (int i = 0; i != 5; ++i) sleep(100us), wired += ::gettid() == mine ? 1 : 1000;
      });
      group.go([&] {
        for (int i = 0; i != each; ++i) go([&] { ++computed; });
      });
    }
    chan<int> from_outside(4);
    std::thread pusher([from_outside, guard = foreign_guard()] {
      for (int i = 0; i != scaled(500); ++i) from_outside.send(i);
      from_outside.close();
    });
    std::atomic<int> heard{0};
    group.go([&] {
      for (int v : from_outside) EXPECT_EQ(v, heard++);
    });
    int before = start;
    for (int round = 0; round != 3; ++round) {
      for (const int n : {4, 1, 8, 2}) {
        EXPECT_EQ(set_workers(n), before);
        before = n;
        yield();
      }
    }
    group.wait();
    pusher.join();
    EXPECT_TRUE(eventually([&] { return computed == 8 * each; }));
    EXPECT_EQ(echoed, 8 * scaled(300));
    EXPECT_EQ(slept, 8 * each);
    EXPECT_EQ(yielded, 8 * each);
    EXPECT_EQ(blocked, 8 * (each / 3));
    EXPECT_EQ(wired, 8 * 5);
    EXPECT_EQ(heard, scaled(500));
    EXPECT_TRUE(eventually([] { return num_goroutine() == 1; })) << num_goroutine();
  });
}

TEST_P(go_workers, every_one_of_them_runs) {
  run([] {
    for (const int n : {3, 1, 4, 2}) {
      set_workers(n);
      EXPECT_TRUE(all_run_at_once(n)) << n;
    }
  });
}

// What the workers that go had queued is run by the one that stays, one after another.
TEST_P(go_workers, with_one_left_nothing_runs_at_once) {
  run([] {
    for (int round = 0; round != 3; ++round) {
      set_workers(4);
      std::atomic<bool> alone{false};
      std::atomic<int> met{0}, ran{0};
      wait_group group;
      for (int g = 0; g != 40; ++g) {
        group.go([&] {
          for (int i = 0; i != 5; ++i) {
            if (alone) {
              static std::atomic<int> inside{0};
              if (++inside != 1) ++met;
              for (int k = 0; k != 20; ++k) std::this_thread::yield();  // the system's: another thread has the time to come
              --inside;
            }
            yield();
          }
          ++ran;
        });
      }
      set_workers(1);
      alone = true;
      group.wait();
      EXPECT_EQ(ran, 40);
      EXPECT_EQ(met, 0);
    }
  });
}

// A timer stays with the worker on which it was made. The one that is left is never idle.
TEST_P(go_workers, timers_of_workers_that_are_gone_fire) {
  run([] {
    with_enough_lead([](std::chrono::milliseconds lead) {
      set_workers(2);
      std::atomic<int> inside{0}, woken{0};
      wait_group group;
      for (int i = 0; i != 2; ++i) {
        group.go([&, lead] {
          ++inside;
          spin_until([&] { return inside == 2; });  // each on a worker of its own
          sleep(10 * lead);
          ++woken;
        });
      }
      const bool apart = eventually([&] { return inside == 2; });
      set_workers(1);
      const bool in_time = apart && woken == 0;
      std::atomic<bool> stop{false};
      group.go([&] {
        while (!stop) yield();
      });
      EXPECT_TRUE(eventually([&] { return woken == 2; })) << woken << " of 2";
      stop = true;
      group.wait();
      return in_time;
    });
  });
}

TEST_P(go_workers, changes_by_many_come_one_after_another) {
  run([start = static_cast<int>(workers())] {
    std::map<int, int> balance;  // under m: how often a number was set, less how often it was found
    mutex m;
    wait_group group;
    for (int g = 0; g != 6; ++g) {
      group.go([&, g] {
        for (int i = 0; i != 8; ++i) {
          const int n = 2 + (g * 5 + i * 3) % 4;
          const int before = set_workers(n);
          const std::lock_guard inside(m);
          ++balance[n];
          --balance[before];
          EXPECT_TRUE(before >= 1 && before <= std::max(5, start)) << before;
        }
      });
    }
    group.wait();
    ++balance[start];
    --balance[set_workers(0)];
    for (const auto& [n, times] : balance) EXPECT_EQ(times, 0) << n;
  });
}

TEST_P(go_workers, a_wired_goroutine_may_change_it) {
  run([start = static_cast<int>(workers())] {
    wait_group group;
    group.go([=] {
      lock_os_thread();
      const pid_t mine = ::gettid();
      EXPECT_EQ(set_workers(3), start);
      EXPECT_EQ(set_workers(1), 3);
      EXPECT_EQ(::gettid(), mine);
      EXPECT_EQ(panic_of([] { set_workers(1000); }), "stealyard: set_workers(1000): 1 .. 256 are possible, and less than 1 only asks");
    });
    group.wait();
    EXPECT_EQ(set_workers(0), 1);
  });
}

// The call waits for what happens after the change: it must not be waited for.
TEST_P(go_workers, a_blocking_call_does_not_hold_it_up) {
  run([] {
    std::atomic<bool> changed{false};
    std::atomic<int> inside{0};
    wait_group group;
    for (int i = 0; i != 3; ++i) {
      group.go([&] {
        blocking([&] {
          ++inside;
          EXPECT_TRUE(spin_until([&] { return changed.load(); }));
        });
      });
    }
    EXPECT_TRUE(eventually([&] { return inside == 3; }));
    set_workers(5);
    set_workers(2);
    changed = true;
    group.wait();
  });
}

// It calls the runtime all the time, and never waits.
TEST_P(go_workers, calls_that_do_not_wait_are_enough) {
  options o = GetParam().parts();
  o.preempt_slice = -1ns;  // there is no monitor to ask for a time slice
  stealyard::run(o, [] {
    std::atomic<bool> stop{false};
    wait_group group;
    group.go([&] {
      chan<int> own(1);
      while (!stop) own.send(1), own.recv();
    });
    group.go([&] {
      mutex own;
      while (!stop) own.lock(), own.unlock();
    });
    for (const int n : {4, 3, 5}) {  // always one for main
      set_workers(n);
      EXPECT_EQ(set_workers(0), n);
    }
    stop = true;
    group.wait();
  });
}

TEST_P(go_workers, who_computes_is_interrupted_where_it_may_be) {
  if (tsan || !sched::can_preempt()) GTEST_SKIP() << "not applicable: this build cannot preempt";
  run([] {
    std::atomic<bool> stop{false};
    wait_group group;
    set_workers(3);
    for (int i = 0; i != 2; ++i) group.go([&] { computes_until(&stop); });
    for (const int n : {4, 1, 2}) {
      set_workers(n);
      EXPECT_EQ(set_workers(0), n);
    }
    stop = true;
    group.wait();
  });
}

// Nobody tells it to stop.
TEST_P(go_workers, who_computes_does_not_keep_run_from_ending) {
  if (tsan || !sched::can_preempt()) GTEST_SKIP() << "not applicable: this build cannot preempt";
  static const std::atomic<bool> never_stops{false};
  run([] {
    set_workers(3);
    std::atomic<int> inside{0};
    for (int i = 0; i != 2; ++i) {
      go([&] {
        ++inside;
        computes_until(&never_stops);
      });
    }
    EXPECT_TRUE(eventually([&] { return inside == 2; }));
  });
}

TEST_P(go_workers, threads_are_bound_where_their_worker_is) {
  const int allowed = cpus_allowed_here();
  options o = GetParam().parts();
  o.pin = true;
  stealyard::run(o, [] {
    std::atomic<int> unbound{0};
    const auto look = [&] { unbound += cpus_allowed_here() == 1 ? 0 : 1; };
    for (const int n : {3, 1, 2}) {
      set_workers(n);
      EXPECT_TRUE(all_run_at_once(n, look));
    }
    wait_group group;  // a thread that takes a worker over from a blocking call
    std::atomic<bool> looked{false};
    set_workers(1);
    group.go([&] { blocking([&] { EXPECT_TRUE(spin_until([&] { return looked.load(); })); }); });
    group.go([&] {
      look();
      looked = true;
    });
    group.wait();
    EXPECT_EQ(unbound, 0);
  });
  EXPECT_EQ(cpus_allowed_here(), allowed);
}

TEST_P(go_workers, in_a_bubble) {
  run([start = static_cast<int>(workers())] {
    bubble([&] {
      const auto before = clock::now();
      wait_group group;
      for (int i = 0; i != 3; ++i) {
        group.go([] {
          for (int k = 0; k != 3; ++k) sleep(1s);
        });
      }
      EXPECT_EQ(set_workers(3), start);
      sleep(1500ms);
      EXPECT_EQ(set_workers(2), 3);
      group.wait();
      EXPECT_EQ(clock::now() - before, 3s);
    });
  });
}

TEST_P(go_workers, a_deadlock_is_found_afterwards) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      for (const int n : {4, 1, 3, 2}) {
        set_workers(n);
        go([] { yield(); });
      }
      std::printf("changed\n");
      std::fflush(stdout);
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_EQ(died.out, "changed\n");
}

TEST_P(go_workers, leaks_are_found_afterwards) {
  const row r = GetParam();
  const child ended = in_child([&] {
    options o = r.parts();
    o.leaks = leak_check::fail;
    return stealyard::run(o, [] {
      set_workers(4);
      go([] { chan<int>{}.recv(); });
      eventually([] { return leaked_goroutines().size() == 1; });  // before the change, which it must outlast
      set_workers(1);
    });
  });
  expect_death_by(ended, "leaks_one", 1);
}

TEST_P(go_workers, sigquit_shows_everybody_afterwards) {
  if (tsan) GTEST_SKIP() << "not applicable: in a child of many forks ThreadSanitizer keeps a signal to itself";
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      set_workers(4);
      for (int i = 0; i != 3; ++i) go([] { chan<int>{}.recv(); });
      eventually([] { return leaked_goroutines().size() == 3; });
      set_workers(2);
      ::kill(::getpid(), SIGQUIT);
      for (;;) asm volatile("" ::: "memory");
    });
  });
  expect_death_by(died, "quit");
  EXPECT_TRUE(contains(died.err, "goroutine 1 [running]:")) << died.err;
  std::size_t waiting = 0;
  for (std::size_t at = 0; (at = died.err.find("[chan receive]:", at)) != std::string::npos; ++at) ++waiting;
  EXPECT_EQ(waiting, 3u) << died.err;
}

// Each stops the world; whoever waits in some worker's queue has its turn all the same.
TEST_P(go_workers, changes_one_after_another_starve_nobody) {
  constexpr int turns = 100,
                for_each = 15;  // of 70 runs the most was 8; where one worker was always the first, 180, and over 15 in a fifth
  std::atomic<int> changes{0};
  run([&] {
    for (int g = 0; g != 3; ++g) {
      go([&, g] {
        for (int n = g;; ++n) {
          set_workers(2 + n % 3);
          ++changes;
        }
      });
    }
    for (int i = 0; i != turns; ++i) yield();
  });
  EXPECT_LT(changes, turns * for_each);
}

// At any point of it; whoever was to go on afterwards is unwound as others are.
TEST_P(go_workers, main_may_return_meanwhile) {
  struct counted {
    std::atomic<int>& alive;
    explicit counted(std::atomic<int>& a) : alive(a) { ++alive; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { --alive; }
  };
  std::atomic<int> alive{0};
  for (int round = 0; round != 12; ++round) {
    options o = GetParam().parts();
    o.on_exit = round % 2 == 0 ? exit_policy::unwind : exit_policy::discard;
    alive = 0;
    EXPECT_EQ(stealyard::run(o,
                             [&] {
                               for (int g = 0; g != 3; ++g) {
                                 go([&, g] {
                                   const counted me(alive);
                                   for (int n = g;; ++n) set_workers(2 + n % 3);
                                 });
                               }
                               for (int i = 0; i != round * 3; ++i) yield();
                               for (int i = 0; i != 200; ++i) std::this_thread::yield();  // somebody waits for this worker by now
                               if (round % 4 == 3) lock_os_thread();
                               return 5;
                             }),
              5);
    if (o.on_exit == exit_policy::unwind) {
      EXPECT_EQ(alive, 0) << "not unwound, round " << round;
    }
  }
}

// A panic elsewhere ends the process, change or no change.
TEST_P(go_workers, others_may_panic_meanwhile) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      go([] {
        for (int n = 0;; ++n) set_workers(1 + n % 3);
      });
      for (int i = 0; i != 20; ++i) yield();
      panic("in the middle");
    });
  });
  EXPECT_EQ(died.status, 2) << ::testing::PrintToString(died);
  EXPECT_TRUE(starts_with(died.err, "panic: in the middle\n")) << died.err;
}

}  // namespace stealyard::go_tests
