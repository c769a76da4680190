// Load: everything at once, goroutines that change workers all the time, and what they carry along.
#include "stress/go/support.hpp"

#include "core/sched/product.hpp"

#include <exception>
#include <mutex>
#include <set>
#include <stdexcept>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_stress);

namespace {

// Parks in one of many ways, so that it is likely to go on upon another worker.
void wander(unsigned n, const chan<int>& c) {
  switch (n % 5) {
    case 0:
      yield();
      break;
    case 1:
      sleep(std::chrono::microseconds(n % 40));
      break;
    case 2: {
      wait_group group;
      group.go([] { yield(); });
      group.wait();
      break;
    }
    case 3: {
      chan<int> reply;
      go([reply] { reply.send(1); });
      reply.recv();
      break;
    }
    default:
      if (c.try_send(1)) c.recv();
  }
}

unsigned worker_index() { return sched::product::worker_here()->index; }

}  // namespace

// Two that only wake each other stay on one worker, unless the runtime is told to move goroutines at every chance.
TEST_P(go_stress, a_perturbed_runtime_moves_goroutines_at_every_chance) {
#if defined(STEALYARD_PERTURBED)
  if (workers() == 1) GTEST_SKIP() << "not applicable: there is no other worker";
  run([] {
    chan<int> there, back;
    go([=] {
      for (int v : there) back.send(v);
      back.close();
    });
    int moves = 0;
    for (int i = 0; i != 1'000'000 && moves != 100; ++i) {  // some hundred, unless a worker is kept from its processor
      const unsigned before = worker_index();
      there.send(1);
      back.recv();
      moves += worker_index() != before;
    }
    EXPECT_EQ(moves, 100);
    there.close();
    EXPECT_FALSE(back.recv_ok().second);
  });
#else
  GTEST_SKIP() << "not applicable: this build is not perturbed";
#endif
}

// A rethrow finds the goroutine's own exception, wherever it was and whatever others threw meanwhile.
TEST_P(go_stress, exceptions_stay_with_their_goroutine) {
  std::atomic<int> migrations{0};
  const auto once = [&] {
    chan<int> c(2);
    wait_group group;
    for (unsigned g = 0; g != 16; ++g) {
      group.go([&, g] {
        for (unsigned i = 0; i != static_cast<unsigned>(scaled(50)); ++i) {
          const std::string mine = std::to_string(g) + "." + std::to_string(i);
          const unsigned before = worker_index();
          try {
            try {
              wander(g + i, c);
              throw std::runtime_error(mine);
            } catch (const std::runtime_error&) {
              wander(g + i + 1, c);
              try {
                throw std::logic_error(mine + " inner");
              } catch (const std::logic_error& e) {
                wander(g + i + 2, c);
                EXPECT_EQ(e.what(), mine + " inner");
              }
              wander(g + i + 3, c);
              throw;
            }
          } catch (const std::exception& e) {
            EXPECT_EQ(e.what(), mine);
          }
          EXPECT_EQ(std::uncaught_exceptions(), 0);
          EXPECT_EQ(std::current_exception(), nullptr);
          migrations += worker_index() != before;
        }
      });
    }
    group.wait();
  };
  for (int i = 0; i == 0 || (workers() > 1 && migrations == 0 && i != 50); ++i) run(once);
  if (workers() > 1) {
    EXPECT_GT(migrations, 0) << "nothing was tested";
  }
}

// A destructor that unwinding runs may park; the count of exceptions in flight comes along.
TEST_P(go_stress, unwinding_survives_parking_destructors) {
  run([] {
    chan<int> c(2);
    wait_group group;
    for (unsigned g = 0; g != 12; ++g) {
      group.go([&, g] {
        struct parks {
          const chan<int>& c;
          unsigned n;
          ~parks() {
            EXPECT_EQ(std::uncaught_exceptions(), 1);
            wander(n, c);
            EXPECT_EQ(std::uncaught_exceptions(), 1);
          }
        };
        for (unsigned i = 0; i != static_cast<unsigned>(scaled(50)); ++i) {
          try {
            const parks outer{c, g + i};
            const parks inner{c, g + i + 1};
            panic(g, ":", i);
          } catch (const panic_error& e) {
            EXPECT_EQ(e.what(), std::to_string(g) + ":" + std::to_string(i));
          }
        }
      });
    }
    group.wait();
  });
}

TEST_P(go_stress, everything_at_once) {
  run([] {
    chan<int> c(2);
    mutex m;
    std::multiset<unsigned> log;
    wait_group group;
    const unsigned count = static_cast<unsigned>(scaled(300));
    for (unsigned g = 0; g != 20; ++g) {
      group.go([&, g] {
        for (unsigned i = 0; i != count; ++i) {
          wander(g * 31 + i, c);
          if (i % 16 == 0) {
            const std::lock_guard lock(m);
            log.insert(g);
            if (i % 64 == 0) wander(g, c);
          }
        }
      });
    }
    group.wait();
    EXPECT_EQ(log.size(), 20 * ((count + 15) / 16));
  });
}

// Every goroutine goes on where it parked, with its own stack, however often it moves.
TEST_P(go_stress, frames_survive_migration) {
  std::atomic<int> migrations{0};
  const auto once = [&] {
    wait_group group;
    chan<int> c(2);
    std::function<unsigned(unsigned, unsigned)> sum = [&](unsigned depth, unsigned seed) -> unsigned {
      volatile unsigned mine = depth * 7 + seed;
      const unsigned before = worker_index();
      wander(depth + seed, c);
      migrations += worker_index() != before;
      return depth == 0 ? mine : mine + sum(depth - 1, seed);
    };
    const unsigned deep = sanitized ? 10 : 40;
    for (unsigned g = 0; g != 30; ++g) {
      group.go([&, g] {
        for (int i = 0; i != scaled(10); ++i) EXPECT_EQ(sum(deep, g), 7 * deep * (deep + 1) / 2 + (deep + 1) * g);
      });
    }
    group.wait();
  };
  for (int i = 0; i == 0 || (workers() > 1 && migrations == 0 && i != 50); ++i) run(once);
  if (workers() > 1) {
    EXPECT_GT(migrations, 0) << "nothing was tested";
  }
}

TEST_P(go_stress, a_ring) {
  run([] {
    const int length = scaled(1000);
    const chan<int> first;
    chan<int> in = first;
    for (int i = 0; i != length; ++i) {
      const chan<int> out;
      go([in, out] {
        for (int v : in) out.send(v + 1);
        out.close();
      });
      in = out;
    }
    for (int lap = 0; lap != 5; ++lap) {
      first.send(0);
      ASSERT_EQ(in.recv(), length);
    }
    first.close();
    EXPECT_EQ(in.recv_ok(), std::pair(0, false));
  });
}

TEST_P(go_stress, a_prime_sieve) {
  run([] {
    chan<int> numbers;
    go([numbers] {
      for (int i = 2;; ++i) {
        if (i == 600) break;
        numbers.send(i);
      }
      numbers.close();
    });
    std::vector<int> primes;
    for (;;) {
      const auto [prime, ok] = numbers.recv_ok();
      if (!ok) break;
      primes.push_back(prime);
      const chan<int> filtered;
      go([numbers, filtered, p = prime] {
        for (int v : numbers) {
          if (v % p != 0) filtered.send(v);
        }
        filtered.close();
      });
      numbers = filtered;
    }
    EXPECT_EQ(primes.size(), 109u);
    EXPECT_EQ(primes.back(), 599);
  });
}

}  // namespace stealyard::go_tests
