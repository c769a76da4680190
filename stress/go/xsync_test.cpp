// pool, sync_map, errgroup, singleflight.
#include "stress/go/support.hpp"

#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_xsync);

// ---- Pool ----

TEST_P(go_xsync, pool_gives_back_what_was_put) {
  run_alone([] {
    int made = 0;
    pool<std::unique_ptr<int>> p([&] { return std::make_unique<int>(made++); });
    auto a = p.get();
    auto b = p.get();
    EXPECT_EQ(*a + *b, 1);
    const int* address = a.get();
    p.put(std::move(a));
    EXPECT_EQ(p.get().get(), address);
    EXPECT_EQ(made, 2);
    for (int i = 0; i != 1000; ++i) p.put(std::make_unique<int>(i));  // more than it keeps: the rest is destroyed
    pool<int> fails([]() -> int { panic("maker"); });
    EXPECT_EQ(panic_of([&] { fails.get(); }), "maker");
  });
}

// However goroutines migrate between get and put, a value is in one hand at a time, and a put happens before the get that takes it.
TEST_P(go_xsync, pool_a_value_is_in_one_hand) {
  run([] {
    struct counted {
      int uses = 0;  // plain
      bool in_use = false;
    };
    std::atomic<int> made{0};
    pool<std::unique_ptr<counted>> p([&] {
      ++made;
      return std::make_unique<counted>();
    });
    std::atomic<int> shared{0};
    wait_group group;
    for (int i = 0; i != 8; ++i) {
      group.go([&] {
        for (int k = 0; k != scaled(500); ++k) {
          auto mine = p.get();
          shared += mine->in_use;
          mine->in_use = true;
          if (k % 3 == 0) yield();
          ++mine->uses;
          mine->in_use = false;
          p.put(std::move(mine));
        }
      });
    }
    group.wait();
    EXPECT_EQ(shared, 0);
    EXPECT_LE(made, 8 * scaled(500) / 2) << "it hardly ever gives anything back";
  });
}

// ---- Map ----

TEST_P(go_xsync, map_operations) {
  run([] {
    sync_map<std::string, int> m;
    EXPECT_EQ(m.load("a"), std::nullopt);
    m.store("a", 1);
    EXPECT_EQ(m.load("a"), 1);
    EXPECT_EQ(m.load_or_store("a", 2), std::pair(1, true));
    EXPECT_EQ(m.load_or_store("b", 2), std::pair(2, false));
    EXPECT_EQ(m.swap("b", 3), 2);
    EXPECT_EQ(m.swap("c", 4), std::nullopt);
    EXPECT_EQ(m.load("c"), 4);
    EXPECT_FALSE(m.compare_and_swap("b", 2, 9));
    EXPECT_TRUE(m.compare_and_swap("b", 3, 9));
    EXPECT_FALSE(m.compare_and_swap("none", 3, 9));
    EXPECT_EQ(m.load("b"), 9);
    EXPECT_FALSE(m.compare_and_erase("b", 3));
    EXPECT_TRUE(m.compare_and_erase("b", 9));
    EXPECT_EQ(m.load("b"), std::nullopt);
    EXPECT_EQ(m.load_and_erase("a"), 1);
    EXPECT_EQ(m.load_and_erase("a"), std::nullopt);
    m.erase("c");
    m.erase("c");
    m.range([](const std::string&, int) { ADD_FAILURE() << "it is empty"; });
    m.store("x", 1);
    m.clear();
    EXPECT_EQ(m.load("x"), std::nullopt);
  });
}

TEST_P(go_xsync, map_range_visits_each_key_once_and_may_change_it) {
  run([] {
    sync_map<int, int> m;
    for (int i = 0; i != 200; ++i) m.store(i, i * i);
    std::set<int> seen;
    m.range([&](int key, int value) {
      EXPECT_EQ(value, key * key);
      EXPECT_TRUE(seen.insert(key).second);
      m.erase(key);
      m.store(key + 1000, (key + 1000) * (key + 1000));
      yield();
      return true;
    });
    for (int i = 0; i != 200; ++i) EXPECT_TRUE(seen.contains(i));
    int visits = 0;
    m.range([&](int, int) { return ++visits != 5; });
    EXPECT_EQ(visits, 5);
  });
}

// Each key's count goes up by compare_and_swap: none is lost. Of all who insert a key, one stores it.
TEST_P(go_xsync, map_operations_are_atomic) {
  run([] {
    sync_map<int, int> m;
    std::atomic<int> stored{0};
    wait_group group;
    const int each = scaled(300);
    for (int i = 0; i != 6; ++i) {
      group.go([&] {
        for (int k = 0; k != each; ++k) {
          stored += !m.load_or_store(k % 10, 0).second;
          for (;;) {
            const int now = *m.load(k % 10);
            if (m.compare_and_swap(k % 10, now, now + 1)) break;
          }
          if (k % 32 == 0) yield();
        }
      });
    }
    group.wait();
    EXPECT_EQ(stored, 10);
    int sum = 0;
    m.range([&](int, int count) { sum += count; });
    EXPECT_EQ(sum, 6 * each);
  });
}

// ---- errgroup ----

TEST_P(go_xsync, errgroup_wait_throws_the_first) {
  run([] {
    errgroup good;
    std::atomic<int> ran{0};
    for (int i = 0; i != 10; ++i) good.go([&] { ++ran; });
    good.wait();
    EXPECT_EQ(ran, 10);

    errgroup group;
    chan<int> later;
    group.go([] { throw std::runtime_error("first"); });
    group.go([=] {
      later.recv();
      throw std::logic_error("second");
    });
    group.go([] { goexit(); });
    group.go([&] { ++ran; });
    // The first is in before the second is let go: it has ended its goroutine, which num_goroutine shows.
    EXPECT_TRUE(eventually([] { return num_goroutine() == 2; }));
    later.send(1);
    EXPECT_THROW(group.wait(), std::runtime_error);
    EXPECT_EQ(ran, 11);
  });
}

TEST_P(go_xsync, errgroup_limit_bounds_who_runs) {
  run([] {
    errgroup group;
    group.set_limit(2);
    std::atomic<int> inside{0}, too_many{0}, ran{0};
    for (int i = 0; i != scaled(200); ++i) {
      group.go([&] {
        too_many += ++inside > 2;
        yield();
        --inside;
        ++ran;
      });
    }
    group.wait();
    EXPECT_EQ(too_many, 0);
    EXPECT_EQ(ran, scaled(200));

    chan<int> hold;
    errgroup busy;
    busy.set_limit(3);
    for (int i = 0; i != 2; ++i) busy.go([=] { hold.recv(); });
    EXPECT_EQ(panic_of([&] { busy.set_limit(5); }), "errgroup: modify limit while 2 goroutines in the group are still active");
    for (int i = 0; i != 2; ++i) hold.send(0);
    busy.wait();
    busy.set_limit(-1);
    for (int i = 0; i != 9; ++i) busy.go([=] { hold.recv(); });
    for (int i = 0; i != 9; ++i) hold.send(0);
    busy.wait();
  });
}

TEST_P(go_xsync, errgroup_with_context_ends_it_at_the_first_failure) {
  run([] {
    auto [group, ctx] = errgroup::with_context(background());
    std::atomic<int> told{0};
    for (int i = 0; i != 3; ++i) {
      group.go([&told, done = ctx.done()] {
        done.recv_ok();
        ++told;
        throw std::logic_error("later");
      });
    }
    EXPECT_EQ(ctx.err(), context_error::none);
    group.go([] { throw std::runtime_error("first"); });
    EXPECT_THROW(group.wait(), std::runtime_error);
    EXPECT_EQ(told, 3);
    EXPECT_EQ(ctx.err(), context_error::canceled);
    EXPECT_THROW(std::rethrow_exception(ctx.cause()), std::runtime_error);

    auto [good, until_wait] = errgroup::with_context(background());
    good.go([] {});
    good.wait();
    EXPECT_EQ(until_wait.err(), context_error::canceled) << "wait ends it too";
  });
}

TEST_P(go_xsync, errgroup_reports_its_own_caller) {
  const row r = GetParam();
  const int created = __LINE__ + 4;
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      errgroup group;
      group.go([] { chan<int>{}.recv(); });
      group.wait();
    });
  });
  EXPECT_TRUE(contains(died.err, "xsync_test.cpp:" + std::to_string(created) + "\n")) << ::testing::PrintToString(died);
}

// ---- singleflight ----

TEST_P(go_xsync, singleflight_one_works_for_all) {
  run_alone([] {
    singleflight<std::string, int> flights;
    int runs = 0;
    chan<int> go_on;
    notes got;
    wait_group group;
    for (int i = 0; i != 5; ++i) {
      group.go([&] { got.say(flights.call("key", [&] { return ++runs, go_on.recv(); }), ' '); });
    }
    EXPECT_EQ(flights.call("other", [] { return 1; }), 1);
    yield();
    flights.forget("key");
    EXPECT_EQ(flights.call("key", [] { return 2; }), 2) << "forgotten: its own f";
    go_on.send(42);
    group.wait();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(got.text(), "42 42 42 42 42 ");
    EXPECT_EQ(flights.call("key", [] { return 3; }), 3) << "landed: its own f";
  });
}

TEST_P(go_xsync, singleflight_shares_exceptions_and_goexit) {
  run_alone([] {
    singleflight<int, int> flights;
    chan<int> go_on;
    std::atomic<int> thrown{0};
    std::atomic<int> ended{0};
    wait_group group;
    const auto fail = [&]() -> int {
      go_on.recv();
      throw std::runtime_error("shared");
    };
    for (int i = 0; i != 3; ++i) {
      group.go([&] {
        try {
          flights.call(1, fail);
        } catch (const std::runtime_error&) {
          ++thrown;
        }
      });
      group.go([&] {
        struct at_end {
          std::atomic<int>& count;
          ~at_end() { ++count; }
        } const counts{ended};
        flights.call(2, [&]() -> int {
          go_on.recv();
          goexit();
        });
        ADD_FAILURE() << "went on after goexit";
      });
    }
    yield();
    go_on.send(0);
    go_on.send(0);
    group.wait();
    EXPECT_EQ(thrown, 3);
    EXPECT_EQ(ended, 3);
  });
}

// ---- foreign threads ----

TEST_P(go_xsync, foreign_threads_use_all_of_them) {
  run([] {
    sync_map<int, int> m;
    pool<std::unique_ptr<int>> p([] { return std::make_unique<int>(0); });
    singleflight<int, int> flights;
    errgroup group;
    const int each = scaled(200);
    const auto work = [&] {
      for (int k = 0; k != each; ++k) {
        auto mine = p.get();
        ++*mine;
        p.put(std::move(mine));
        m.store(k, k);
        EXPECT_EQ(m.load(k), k);
        EXPECT_EQ(flights.call(k, [&] { return 2 * k; }), 2 * k);
      }
    };
    std::thread outside([&, attached = foreign_guard()] {
      work();
      group.go([] { throw std::runtime_error("from outside"); });
    });
    group.go(work);
    while (m.load(each - 1) == std::nullopt) yield();
    blocking([&] { outside.join(); });  // it may wait for a flight of the goroutine's, which needs this worker
    EXPECT_THROW(group.wait(), std::runtime_error);
  });
}

}  // namespace stealyard::go_tests
