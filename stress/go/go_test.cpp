// go: what is evaluated where, what may be started, and who is counted.
#include "stress/go/support.hpp"

#include <array>
#include <memory>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_go);

namespace {

// Counts its lives; its copy constructor can be made to do something.
struct lives {
  static inline std::atomic<int> alive{0};
  static inline std::function<void()>* on_copy = nullptr;
  lives() { ++alive; }
  lives(const lives&) {
    if (on_copy != nullptr) (*on_copy)();
    ++alive;
  }
  lives(lives&&) noexcept { ++alive; }
  ~lives() { --alive; }
};

std::atomic<int> function_calls{0};
void a_function() { ++function_calls; }

}  // namespace

TEST_P(go_go, arguments_are_evaluated_in_the_caller) {
  run([] {
    int x = 1;
    std::atomic<int> seen{0};
    wait_group group;
    group.go([&seen, x] { seen = x; });
    x = 2;
    group.wait();
    EXPECT_EQ(seen, 1);
  });
}

// The copy parks, so that this goroutine goes on upon another worker: nothing may be half made before.
TEST_P(go_go, a_copy_that_parks_is_made_first) {
  run([] {
    std::function<void()> parks = [] {
      yield();
      sleep(1us);
    };
    std::atomic<int> ran{0};
    wait_group group;
    constexpr int starters = 6;
    const int each = scaled(50);
    lives original;
    lives::on_copy = &parks;
    for (int s = 0; s != starters; ++s) {
      group.go([&] {
        for (int i = 0; i != each; ++i) {
          const auto f = [&ran, copied = std::ref(original).get()] { ++ran; };
          go(f);
        }
      });
    }
    group.wait();
    EXPECT_TRUE(eventually([&] { return ran == starters * each; })) << ran;
    EXPECT_TRUE(eventually([&] { return num_goroutine() == 1; }));
    lives::on_copy = nullptr;
  });
  EXPECT_EQ(lives::alive, 0);
}

TEST_P(go_go, a_copy_that_throws_starts_nothing) {
  run([] {
    std::function<void()> throws = [] { panic("no copy"); };
    const auto f = [copied = lives()] { ADD_FAILURE() << "started"; };
    const auto big = [copied = lives(), filler = std::array<char, 500>{}] { ADD_FAILURE() << "started" << filler[0]; };
    lives::on_copy = &throws;
    for (int i = 0; i != 10; ++i) {
      EXPECT_EQ(panic_of([&] { go(f); }), "no copy");
      EXPECT_EQ(panic_of([&] { go(big); }), "no copy");
    }
    lives::on_copy = nullptr;
    EXPECT_EQ(num_goroutine(), 1u);
  });
}

TEST_P(go_go, every_kind_of_callable) {
  run([] {
    wait_group group;
    std::atomic<int> sum{0};
    group.go([p = std::make_unique<int>(1), &sum] { sum += *p; });  // move-only
    std::array<int, 300> numbers;
    numbers.fill(1);
    group.go([numbers, &sum] {  // does not fit the control block
      for (const int n : numbers) sum += n;
    });
    struct alignas(64) wide {
      int value = 10;
    };
    group.go([w = wide(), &sum] {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&w) % 64, 0u);
      sum += w.value;
    });
    group.go([n = 0, &sum]() mutable { sum += ++n; });
    const std::function<void()> wrapped = [&sum] { sum += 100; };
    group.go(wrapped);
    group.go(std::ref(wrapped));
    group.go([&sum] { return ++sum; });  // the result is dropped
    group.wait();
    EXPECT_EQ(sum, 1 + 300 + 10 + 1 + 200 + 1);
    const int before = function_calls;
    go(a_function);
    go(&a_function);
    EXPECT_TRUE(eventually([&] { return function_calls == before + 2; }));
  });
}

TEST_P(go_go, a_closure_is_destroyed_once_in_its_goroutine) {
  run([] {
    wait_group group;
    for (int i = 0; i != 50; ++i) {
      group.go([l = lives()] { yield(); });
      group.go([l = lives(), filler = std::array<char, 500>{}] { EXPECT_EQ(filler[0], 0); });
      group.go([l = lives()] { goexit(); });
    }
    group.wait();
    EXPECT_TRUE(eventually([] { return lives::alive == 0; })) << lives::alive;
  });
}

TEST_P(go_go, a_tree_of_goroutines) {
  run([] {
    std::atomic<int> leaves{0};
    wait_group group;
    std::function<void(int)> grow = [&](int depth) {
      if (depth == 0) {
        ++leaves;
        return;
      }
      group.go([&grow, depth] { grow(depth - 1); });
      group.go([&grow, depth] { grow(depth - 1); });
    };
    const int depth = sanitized ? 8 : 12;
    grow(depth);
    group.wait();
    EXPECT_EQ(leaves, 1 << depth);
  });
}

TEST_P(go_go, many_alive_at_once) {
  run([] {
    const int count = scaled(5000);
    chan<int> gate;
    wait_group group;
    std::atomic<int> passed{0};
    for (int i = 0; i != count; ++i) {
      group.go([&, gate] {
        gate.recv();
        ++passed;
      });
    }
    EXPECT_EQ(num_goroutine(), static_cast<std::size_t>(count) + 1);
    gate.close();
    group.wait();
    EXPECT_EQ(passed, count);
    EXPECT_TRUE(eventually([] { return num_goroutine() == 1; }));
  });
  EXPECT_EQ(num_goroutine(), 0u);
}

TEST_P(go_go, num_goroutine_counts_main_and_foreign_starts) {
  run([] {
    EXPECT_EQ(num_goroutine(), 1u);
    chan<int> gate;
    std::thread([gate, guard = foreign_guard()] { go([gate] { gate.recv(); }); }).join();
    go([gate] { gate.recv(); });
    EXPECT_EQ(num_goroutine(), 3u);
    gate.close();
    EXPECT_TRUE(eventually([] { return num_goroutine() == 1; }));
  });
}

TEST_P(go_go, from_a_foreign_thread) {
  run([] {
    std::atomic<int> sum{0};
    const std::function<void()> wrapped = [&] { sum += 1000; };
    std::thread([&, guard = foreign_guard()] {
      go([&] { ++sum; });
      go([&, p = std::make_unique<int>(10)] { sum += *p; });
      go([&, filler = std::array<int, 100>{1}] { sum += 100 * filler[0]; });
      go(wrapped);
      go(std::ref(wrapped));
    }).join();
    EXPECT_TRUE(eventually([&] { return sum == 2111; })) << sum;
  });
  EXPECT_EQ(panic_of([] { go([] {}); }), "stealyard: go outside run");
}

}  // namespace stealyard::go_tests
