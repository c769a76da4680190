// The end of run: main returns while others are blocked, running, queued or sleeping. In child processes: what is discarded leaks.
#include "stress/go/support.hpp"

#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_end);

namespace {

// `rounds` runs in one child, each left in the middle of what `fill` starts; the last one must still work.
void expect_survives(const row& r, int rounds, const std::function<void(int)>& fill) {
  const child ended = in_child([&] {
    for (int i = 0; i != rounds; ++i) {
      if (stealyard::run(r.parts(), [&] { return fill(i), 5; }) != 5) return 6;
    }
    return stealyard::run(r.parts(), [] {
      chan<int> c;
      go([=] { c.send(7); });
      return c.recv();
    });
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
  EXPECT_EQ(ended.err, "");
}

}  // namespace

TEST_P(go_end, while_others_are_blocked) {
  expect_survives(GetParam(), scaled(50), [](int i) {
    const chan<int> c;
    auto* m = new mutex;  // outlives this goroutine: those that wait for it still look at it
    auto* group = new wait_group;
    m->lock();
    group->add(1);
    for (int k = 0; k != 5; ++k) {
      go([=] { c.send(k); });
      go([=] { chan<int>{nullptr}.recv(); });
      go([=] { m->lock(); });
      go([=] { group->wait(); });
    }
    for (int k = 0; k != i % 20; ++k) yield();
  });
}

TEST_P(go_end, while_others_run_and_are_queued) {
  expect_survives(GetParam(), scaled(20), [](int i) {
    const chan<int> c(3);
    for (int k = 0; k != 10; ++k) {
      go([=] {
        for (;;) c.send(1);
      });
      go([=] {
        for (;;) c.recv();
      });
      go([=] {
        for (;;) yield();
      });
    }
    for (int k = 0; k != i % 20; ++k) yield();
  });
}

TEST_P(go_end, while_others_start_more) {
  expect_survives(GetParam(), scaled(30), [](int i) {
    for (int k = 0; k != 4; ++k) {
      go([] {
        for (;;) {
          go([] {});
          yield();
        }
      });
    }
    for (int k = 0; k != i % 10; ++k) yield();
  });
}

TEST_P(go_end, while_others_sleep) {
  expect_survives(GetParam(), scaled(50), [](int i) {
    for (int k = 0; k != 20; ++k) {
      go([=] {
        for (;;) sleep(std::chrono::microseconds(1 + 50 * (k % 4)));
      });
      go([] { sleep(std::chrono::hours(1)); });
    }
    if (i % 2 == 0) sleep(200us);
  });
}

// Foreign threads wake goroutines at the very moment main returns.
TEST_P(go_end, while_foreign_threads_wake) {
  const row r = GetParam();
  const child ended = in_child([&] {
    for (int i = 0; i != scaled(200); ++i) {
      std::thread last;
      stealyard::run(r.parts(), [&] {
        const chan<int> c;
        last = std::thread([c, guard = foreign_guard()] { c.send(1); });
        c.recv();
      });
      last.join();
    }
    return 7;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
}

TEST_P(go_end, while_foreign_threads_start) {
  const row r = GetParam();
  const child ended = in_child([&] {
    for (int i = 0; i != scaled(100); ++i) {
      std::atomic<bool> stop{false}, leaving{false};
      std::thread starter;
      stealyard::run(r.parts(), [&] {
        std::atomic<int>* ran = new std::atomic<int>(0);
        starter = std::thread([&, ran] {
          for (int begun = 0; !stop;) {
            if (!leaving && begun - *ran > 100) {  // else main might wait behind some hundred thousand
              std::this_thread::yield();
              continue;
            }
            panic_of([&] { go([ran] { ++*ran; }); });  // outside run: a panic, no more
            ++begun;
          }
        });
        while (*ran < 3) yield();
        leaving = true;
      });
      stop = true;
      starter.join();
    }
    return 7;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
}

TEST_P(go_end, destructors_of_the_discarded_do_not_run) {
  const row r = GetParam();
  const child ended = in_child([&] {
    static std::atomic<int> destroyed{0};
    struct counted {
      ~counted() { ++destroyed; }
    };
    stealyard::run(r.parts(), [] {
      std::atomic<bool> there{false};
      go([&] {
        const counted mine;
        there = true;
        chan<int>{}.recv();
      });
      eventually([&] { return there.load(); });
    });
    return 7 + destroyed;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
}

}  // namespace stealyard::go_tests
