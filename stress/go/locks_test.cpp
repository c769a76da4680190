// rw_mutex, once, cond, semaphore, and the misuse of wait groups.
#include "stress/go/messages.hpp"
#include "stress/go/support.hpp"

#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_locks);

namespace {

// A goroutine that is known to have parked: with one worker, whoever yields comes back when the others have.
template <class F>
void start_and_park(wait_group& group, F&& f) {
  group.go(std::forward<F>(f));
  yield();
}

void expect_fatal(const row& r, const std::string& message, void (*misuse)()) {
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [&] {
      try {
        misuse();
      } catch (...) {
      }
    });
  });
  expect_death_by(died, message);
}

std::string blocked_on(const row& r, void (*body)()) {
  const child died = in_child([&] { return stealyard::run(r.parts(), body); });
  EXPECT_EQ(died.status, 2) << ::testing::PrintToString(died);
  return died.err;
}

}  // namespace

// ---- WaitGroup: misuse ----

// done makes main ready, but on one worker it goes on first, and adds before main's wait returns.
TEST_P(go_locks, wait_group_reused_before_wait_returned) {
  run_alone([] {
    wait_group group;
    group.add(1);
    go([&] {
      group.done();
      group.add(1);
    });
    EXPECT_EQ(panic_of([&] { group.wait(); }), "sync: WaitGroup is reused before previous Wait has returned");
  });
}

// A wait that zero had not to end is none of its business.
TEST_P(go_locks, wait_group_may_be_added_to_while_others_wait) {
  run([] {
    wait_group group;
    wait_group back;
    group.add(1);
    for (int i = 0; i != 4; ++i) back.go([&] { group.wait(); });
    yield();
    for (int i = 0; i != scaled(500); ++i) group.go([] { yield(); });
    group.done();
    back.wait();
  });
}

// ---- Mutex ----

// In starvation mode a newcomer goes to the end of the queue even when it comes at the right moment; the last waiter ends the mode.
TEST_P(go_locks, mutex_leaves_starvation_with_the_last_waiter) {
  run_alone([] {
    mutex m;
    wait_group group;
    m.lock();
    start_and_park(group, [&] {
      m.lock();
      m.unlock();
    });
    sleep(2ms);
    m.unlock();
    m.lock();  // faster than the waiter, which finds it taken, after more than a millisecond
    yield();
    m.unlock();  // handed over
    EXPECT_FALSE(m.try_lock());
    group.wait();
    start_and_park(group, [&] {  // normal again: a newcomer may win
      m.lock();
      yield();
      m.unlock();
    });
    m.lock();
    m.unlock();
    group.wait();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// A waiter that did not wait for a millisecond ends it too, whoever waits behind it.
TEST_P(go_locks, mutex_leaves_starvation_with_a_waiter_that_came_late) {
  run_alone([] {
    bool soon_enough = false;
    for (int tries = 0; !soon_enough && tries != 200; ++tries) {  // a busy machine may make it wait
      mutex m;
      wait_group group;
      bool barged = false;
      m.lock();
      start_and_park(group, [&] {
        m.lock();
        m.unlock();  // handed over
      });
      sleep(2ms);
      m.unlock();
      m.lock();  // faster than the waiter, which finds it taken, after more than a millisecond
      yield();
      start_and_park(group, [&] {
        const auto came = clock::now();
        m.lock();
        soon_enough = clock::now() - came < 1ms;
        m.unlock();
        barged = m.try_lock();  // the third is awake by now, but it is normal again
        if (barged) m.unlock();
      });
      start_and_park(group, [&] {
        m.lock();
        m.unlock();
      });
      m.unlock();
      group.wait();
      if (soon_enough) {
        EXPECT_TRUE(barged);
      }
    }
    if (!soon_enough) GTEST_SKIP() << "a busy machine: nobody was handed the mutex within a millisecond";
  });
}

TEST_P(go_locks, mutex_is_unlocked_by_another_goroutine) {
  run([] {
    mutex m;
    m.lock();
    go([&] { m.unlock(); });
    m.lock();
    EXPECT_FALSE(m.try_lock());
    m.unlock();
  });
}

// ---- RWMutex ----

TEST_P(go_locks, rw_mutex_meets_the_standard_locks) {
  run([] {
    rw_mutex m;
    {
      const std::shared_lock a(m);
      const std::shared_lock b(m);
      EXPECT_TRUE(m.try_lock_shared()) << "many readers";
      EXPECT_FALSE(m.try_lock());
      m.unlock_shared();
    }
    {
      const std::unique_lock a(m);
      EXPECT_FALSE(m.try_lock());
      EXPECT_FALSE(m.try_lock_shared());
    }
    EXPECT_TRUE(m.try_lock());
    m.unlock();
    EXPECT_TRUE(m.try_lock_shared());
    m.unlock_shared();
  });
}

TEST_P(go_locks, rw_mutex_a_waiting_writer_blocks_new_readers) {
  run_alone([] {
    rw_mutex m;
    std::string order;
    wait_group group;
    m.lock_shared();
    start_and_park(group, [&] {
      m.lock();
      order += 'w';
      m.unlock();
    });
    EXPECT_FALSE(m.try_lock_shared()) << "a writer waits";
    start_and_park(group, [&] {
      m.lock_shared();
      order += 'r';
      m.unlock_shared();
    });
    EXPECT_EQ(order, "");
    m.unlock_shared();
    group.wait();
    EXPECT_EQ(order, "wr");
  });
}

// Those who came during a write read before the next writer writes.
TEST_P(go_locks, rw_mutex_readers_and_writers_take_turns) {
  run_alone([] {
    rw_mutex m;
    notes order;
    wait_group group;
    m.lock();
    start_and_park(group, [&] {
      m.lock();
      order.say('w');
      m.unlock();
    });
    for (int i = 0; i != 3; ++i) {
      start_and_park(group, [&] {
        const std::shared_lock lock(m);
        order.say('r');
        yield();
      });
    }
    m.unlock();
    group.wait();
    EXPECT_EQ(order.text(), "rrrw");
  });
}

TEST_P(go_locks, rw_mutex_excludes) {
  run([] {
    rw_mutex m;
    int value = 0;  // plain
    std::atomic<int> readers{0}, writers{0}, wrong{0};
    wait_group group;
    const int each = scaled(500);
    for (int i = 0; i != 6; ++i) {
      group.go([&, i] {
        for (int k = 0; k != each; ++k) {
          if ((k + i) % 5 == 0) {
            m.lock();
            wrong += ++writers != 1 || readers != 0;
            ++value;
            if (k % 16 == 0) yield();
            --writers;
            m.unlock();
          } else {
            m.lock_shared();
            ++readers;
            wrong += writers != 0 || value < 0;
            if (k % 8 == 0) yield();
            --readers;
            m.unlock_shared();
          }
        }
      });
    }
    group.wait();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(value, 6 * each / 5);
  });
}

TEST_P(go_locks, rw_mutex_try_forms_exclude) {
  run([] {
    rw_mutex m;
    int value = 0;  // plain
    wait_group group;
    for (int i = 0; i != 4; ++i) {
      group.go([&, i] {
        for (int k = 0; k != scaled(300); ++k) {
          if (i < 2) {
            while (!m.try_lock()) yield();
            ++value;
            m.unlock();
          } else {
            while (!m.try_lock_shared()) yield();
            EXPECT_GE(value, 0);
            m.unlock_shared();
          }
        }
      });
    }
    group.wait();
    EXPECT_EQ(value, 2 * scaled(300));
  });
}

TEST_P(go_locks, rw_mutex_RUnlock_of_unlocked) {
  expect_fatal(GetParam(), "runlock_of_unlocked_rw_mutex", [] { rw_mutex{}.unlock_shared(); });
  expect_fatal(GetParam(), "runlock_of_unlocked_rw_mutex", [] {
    rw_mutex m;
    m.lock();
    m.unlock_shared();
  });
}

TEST_P(go_locks, rw_mutex_Unlock_of_unlocked) {
  expect_fatal(GetParam(), "unlock_of_unlocked_rw_mutex", [] { rw_mutex{}.unlock(); });
  expect_fatal(GetParam(), "unlock_of_unlocked_rw_mutex", [] {
    rw_mutex m;
    m.lock_shared();
    m.unlock();
  });
}

// ---- wait reasons ----

TEST_P(go_locks, wait_reasons_are_Gos_words) {
  const std::string said = blocked_on(GetParam(), [] {
    rw_mutex read, written;
    semaphore none(1);
    mutex m;
    cond c(m);
    read.lock_shared();
    written.lock();
    none.acquire();
    go([&] { read.lock(); });
    go([&] { written.lock_shared(); });
    go([&] { none.acquire(); });
    go([&] {
      m.lock();
      c.wait();
    });
    chan<int>{}.recv();
  });
  for (const char* reason : {"sync.RWMutex.Lock", "sync.RWMutex.RLock", "semacquire", "sync.Cond.Wait"}) {
    EXPECT_TRUE(contains(said, "[" + std::string(reason) + "]:\n")) << reason << " in:\n" << said;
  }
}

// ---- Once ----

TEST_P(go_locks, once_runs_f_once_and_all_see_it) {
  run([] {
    for (int round = 0; round != scaled(100); ++round) {
      once first;
      int runs = 0;  // plain: f returning happens before any call returning
      wait_group group;
      for (int i = 0; i != 8; ++i) {
        group.go([&] {
          first.call([&] {
            yield();
            ++runs;
          });
          EXPECT_EQ(runs, 1);
        });
      }
      group.wait();
    }
  });
}

TEST_P(go_locks, once_a_panicking_f_counts_as_done) {
  run([] {
    once first;
    EXPECT_EQ(panic_of([&] { first.call([] { panic("once"); }); }), "once");
    first.call([] { ADD_FAILURE() << "ran twice"; });
    once second;
    wait_group group;
    group.go([&] { second.call([] { goexit(); }); });
    group.wait();
    second.call([] { ADD_FAILURE() << "ran twice"; });
  });
}

TEST_P(go_locks, once_func_panics_again_with_the_same_value) {
  run([] {
    int runs = 0;
    auto f = once_func([&] {
      ++runs;
      throw std::runtime_error("no " + std::to_string(runs));
    });
    auto copy = f;
    const std::exception* first = nullptr;
    for (auto* each : {&f, &copy, &f}) {
      try {
        (*each)();
        ADD_FAILURE() << "did not throw";
      } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "no 1");
        if (first == nullptr) first = &e;
        EXPECT_EQ(&e, first) << "another value";
      }
    }
    EXPECT_EQ(runs, 1);

    auto exits = once_func([] { goexit(); });
    wait_group group;
    group.go([&] {
      exits();
      ADD_FAILURE() << "went on after goexit";
    });
    group.wait();
    EXPECT_EQ(panic_of(exits), "stealyard: the function given to once_func or once_value called goexit");
  });
}

TEST_P(go_locks, once_value_returns_what_f_returned) {
  run([] {
    std::atomic<int> runs{0};
    const auto held = std::make_shared<int>(7);
    auto value = once_value([&runs, held] {
      ++runs;
      yield();
      return std::make_unique<int>(*held);
    });
    EXPECT_EQ(held.use_count(), 2);
    wait_group group;
    for (int i = 0; i != 6; ++i) group.go([&] { EXPECT_EQ(*value(), 7); });
    group.wait();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(held.use_count(), 1) << "f is kept after it has run";
    EXPECT_EQ(value().get(), value().get());
    auto fails = once_value([]() -> int { panic("value"); });
    EXPECT_EQ(panic_of(fails), "value");
    EXPECT_EQ(panic_of(fails), "value");
  });
}

// ---- Cond ----

TEST_P(go_locks, cond_signal_wakes_in_FIFO_order) {
  run_alone([] {
    mutex m;
    cond c(m);
    notes order;
    wait_group group;
    for (const char who : {'a', 'b', 'c', 'd'}) {
      start_and_park(group, [&, who] {
        m.lock();
        c.wait();
        order.say(who);
        m.unlock();
      });
    }
    for (const char* next : {"a", "ab", "abc"}) {  // one at a time: who runs first of two that were woken is the scheduler's business
      c.signal();
      yield();
      EXPECT_EQ(order.text(), next);
    }
    c.broadcast();
    group.wait();
    EXPECT_EQ(order.text(), "abcd");
    c.signal();  // nobody waits: it is not kept
    start_and_park(group, [&] {
      m.lock();
      c.wait();
      order.say('e');
      m.unlock();
    });
    EXPECT_EQ(order.text(), "abcd");
    c.broadcast();
    group.wait();
    c.broadcast();
  });
}

TEST_P(go_locks, cond_broadcast_wakes_everybody) {
  run([] {
    mutex m;
    cond c(m);
    int round = 0;  // plain, under m
    int back = 0;
    constexpr int waiters = 10;
    wait_group group;
    for (int i = 0; i != waiters; ++i) {
      group.go([&] {
        const std::lock_guard lock(m);
        for (int wanted = 1; wanted <= scaled(50); ++wanted) {
          while (round < wanted) c.wait();
          ++back;
          c.signal();  // main, or one who waits in vain
        }
      });
    }
    for (int wanted = 1; wanted <= scaled(50); ++wanted) {
      m.lock();
      round = wanted;
      c.broadcast();
      while (back < waiters * wanted) {
        m.unlock();
        yield();
        m.lock();
      }
      m.unlock();
    }
    group.wait();
    EXPECT_EQ(back, waiters * scaled(50));
  });
}

// A queue of capacity 2 between many: no wake-up is lost.
TEST_P(go_locks, cond_over_any_mutex) {
  run([] {
    rw_mutex m;
    std::unique_lock held(m, std::defer_lock);  // lock() and unlock() are all it takes
    cond never_used(held);
    cond not_full(m);
    cond not_empty(m);
    int inside = 0;  // plain, under m
    std::atomic<int> taken{0};
    wait_group group;
    const int each = scaled(300);
    for (int i = 0; i != 4; ++i) {
      group.go([&] {
        for (int k = 0; k != each; ++k) {
          const std::lock_guard lock(m);
          while (inside == 2) not_full.wait();
          ++inside;
          not_empty.signal();
        }
      });
      group.go([&] {
        for (int k = 0; k != each; ++k) {
          const std::lock_guard lock(m);
          while (inside == 0) not_empty.wait();
          --inside;
          ++taken;
          not_full.signal();
        }
      });
    }
    group.wait();
    EXPECT_EQ(taken, 4 * each);
    EXPECT_EQ(inside, 0);
  });
}

// ---- Semaphore ----

TEST_P(go_locks, semaphore_is_FIFO) {
  run_alone([] {
    semaphore s(3);
    std::string order;
    wait_group group;
    s.acquire(2);
    start_and_park(group, [&] {
      s.acquire(3);
      order += 'L';
      s.release(3);
    });
    start_and_park(group, [&] {
      s.acquire(1);
      order += 's';
      s.release(1);
    });
    EXPECT_FALSE(s.try_acquire(1)) << "one is free, but others came before";
    EXPECT_EQ(order, "");
    s.release(2);
    group.wait();
    EXPECT_EQ(order, "Ls");
    EXPECT_TRUE(s.try_acquire(3));
    EXPECT_FALSE(s.try_acquire(1));
    EXPECT_FALSE(s.try_acquire(4));
    s.release(3);
  });
}

TEST_P(go_locks, semaphore_bounds_who_is_inside) {
  run([] {
    semaphore s(3);
    std::atomic<int> inside{0}, too_many{0}, most{0};
    wait_group group;
    for (int i = 0; i != 10; ++i) {
      group.go([&, i] {
        const int k = i % 3 + 1;
        for (int n = 0; n != scaled(100); ++n) {
          s.acquire(k);
          const int now = inside += k;
          too_many += now > 3;
          if (now > most) most = now;
          yield();
          inside -= k;
          s.release(k);
        }
      });
    }
    group.wait();
    EXPECT_EQ(too_many, 0);
    EXPECT_EQ(most, 3);
  });
}

TEST_P(go_locks, semaphore_misuse_panics) {
  run([] {
    semaphore s(2);
    EXPECT_EQ(panic_of([&] { s.release(); }), "semaphore: released more than held");
    s.acquire();
    EXPECT_EQ(panic_of([&] { s.release(2); }), "semaphore: released more than held");
    EXPECT_EQ(panic_of([&] { s.acquire(3); }), "semaphore: acquire of 3 units, of 2 that there are");
    EXPECT_EQ(panic_of([&] { s.acquire(-1); }), "semaphore: -1 units: accepted is 0 or more");
    EXPECT_EQ(panic_of([&] { s.release(-1); }), "semaphore: -1 units: accepted is 0 or more");
    EXPECT_EQ(panic_of([&] { s.try_acquire(-1); }), "semaphore: -1 units: accepted is 0 or more");
    EXPECT_EQ(panic_of([] { const semaphore negative(-4); }), "semaphore: -4 units: accepted is 0 or more");
    s.acquire(0);
    s.acquire();
    s.release(2);
  });
}

// ---- foreign threads ----

TEST_P(go_locks, foreign_threads_use_all_of_them) {
  run([] {
    rw_mutex m;
    once first;
    semaphore units(2);
    mutex guard;
    cond changed(guard);
    int made = 0;    // plain, by once
    int value = 0;   // plain, under m
    int turns = 0;   // plain, under guard
    const int each = scaled(200);
    const auto work = [&](int parity) {
      first.call([&] { made = 1; });
      EXPECT_EQ(made, 1);
      for (int k = 0; k != each; ++k) {
        units.acquire(k % 2 + 1);
        if (k % 4 == 0) {
          const std::unique_lock lock(m);
          ++value;
        } else {
          const std::shared_lock lock(m);
          EXPECT_GE(value, 0);
        }
        units.release(k % 2 + 1);
        const std::lock_guard lock(guard);
        while (turns % 2 != parity) changed.wait();
        ++turns;
        changed.signal();
      }
    };
    std::thread outside([&, attached = foreign_guard()] { work(0); });
    wait_group group;
    group.go([&] { work(1); });
    group.wait();
    outside.join();
    EXPECT_EQ(turns, 2 * each);
    EXPECT_EQ(value, 2 * ((each + 3) / 4));
  });
}

}  // namespace stealyard::go_tests
