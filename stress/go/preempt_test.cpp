// Preemption: tight loops in functions declared preemptible do not keep others from running; everything else is left alone.
#include "core/sched/preempt.hpp"
#include "stress/go/long_runs.hpp"
#include "stress/go/support.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_preempt);

namespace {

#define STEALYARD_NEEDS_PREEMPTION() \
  if (tsan || !sched::can_preempt()) GTEST_SKIP() << "not applicable: this build cannot preempt (ThreadSanitizer delivers signals late)"

std::atomic<bool> stop{false};

STEALYARD_PREEMPTIBLE void spins_until_stopped(std::uint64_t* turns) {
  std::uint64_t n = 0;
  while (!stop.load(std::memory_order_relaxed)) ++n;
  *turns = n;
}

// The runtime inlined into it: must never be interrupted, and needs no interrupting.
STEALYARD_PREEMPTIBLE void sends_and_receives(const chan<int>& c, int times, long* received) {
  for (int i = 0; i != times; ++i) {
    c.send(1);
    *received += c.recv();
  }
}

STEALYARD_PREEMPTIBLE void spins_in_a_bracket(std::atomic<bool>& other_ran, bool& saw_other, bool& saw_other_after) {
  const auto rounds = [&](int n) {
    for (int i = 0; i != n && !other_ran.load(std::memory_order_relaxed); ++i) asm volatile("" ::: "memory");
  };
  {
    const no_preempt here;
    rounds(100'000'000);
    saw_other = other_ran;
  }
  while (!stop && !other_ran) rounds(1000);
  saw_other_after = other_ran;
}

bool not_preemptible_spin(std::atomic<bool>& other_ran) {
  for (int i = 0; i != 100'000'000; ++i) {
    if (other_ran.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

// Keeps values in every kind of register across many preemptions, and sees that none changes.
STEALYARD_PREEMPTIBLE bool registers_survive(std::uint64_t seed) {
  double x[8];
  std::uint64_t k[8];
  for (int i = 0; i != 8; ++i) {
    k[i] = seed * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(i);
    x[i] = static_cast<double>(seed) + i;
  }
  double y[8];
  std::uint64_t m[8];
  std::memcpy(y, x, sizeof x);
  std::memcpy(m, k, sizeof k);
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i != 8; ++i) {  // twice the same, by turns; a lost flag, register or vector lane makes them differ
      k[i] = k[i] * 6364136223846793005u + 1442695040888963407u;
      m[i] = m[i] * 6364136223846793005u + 1442695040888963407u;
      x[i] = x[i] * 1.0000001 + 0.5;
      y[i] = y[i] * 1.0000001 + 0.5;
    }
    for (int i = 0; i != 8; ++i) {
      if (k[i] != m[i] || std::memcmp(&x[i], &y[i], sizeof x[i]) != 0) return false;
    }
  }
  return true;
}

// A leaf: its locals may lie in the red zone.
STEALYARD_PREEMPTIBLE std::uint64_t red_zone_survives(std::uint64_t seed) {
  volatile std::uint64_t kept[12];
  for (int i = 0; i != 12; ++i) kept[i] = seed + static_cast<std::uint64_t>(i);
  std::uint64_t wrong = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i != 12; ++i) wrong += kept[i] != seed + static_cast<std::uint64_t>(i);
  }
  return wrong;
}

STEALYARD_PREEMPTIBLE std::uint64_t computes(std::uint64_t from, int turns) {
  for (int i = 0; i != turns; ++i) from = from * 6364136223846793005u + 1442695040888963407u;
  return from;
}

// Everything that must not be interrupted halfway, in functions that may be.
STEALYARD_PREEMPTIBLE bool allocates_throws_and_locks(mutex& m, std::vector<std::string>& shared, std::uint64_t seed) {
  std::uint64_t x = seed;
  while (!stop.load(std::memory_order_relaxed)) {
    x = computes(x, 2000);
    auto text = std::make_unique<std::string>(static_cast<std::size_t>(x >> 56) + 40, static_cast<char>('a' + (x >> 32) % 26));
    try {
      try {
        x = computes(x, 500);
        if (x % 2 == 0) throw std::runtime_error(*text);
        throw static_cast<long>(x);
      } catch (const std::exception& e) {
        x = computes(x, 500);
        if (*text != e.what()) return false;
        throw;
      }
    } catch (const std::runtime_error& e) {
      if (*text != e.what()) return false;
    } catch (long n) {
      x = computes(x, 500);
      if (n % 2 == 0) return false;
    }
    m.lock();
    if (shared.size() > 100) shared.clear();
    shared.push_back(*text);
    x = computes(x, 500);
    const bool same = shared.back() == *text;
    m.unlock();
    if (!same) return false;
  }
  return true;
}

std::chrono::milliseconds stress_time() {
  if (long_runs) return 60s;
  return sanitized ? 1s : 2s;
}

}  // namespace

// On one worker, at both slices: others get their turn, timers fire, and the loops share the time.
TEST_P(go_preempt, a_tight_loop_starves_nobody) {
  STEALYARD_NEEDS_PREEMPTION();
  for (const auto slice : {1ms, 10ms}) {
    options o = GetParam().with_workers(1);
    o.preempt_slice = slice;
    std::uint64_t turns[3] = {};
    stealyard::run(o, [&] {
      stop = false;
      wait_group group;
      for (auto& mine : turns) group.go([&mine] { spins_until_stopped(&mine); });
      std::atomic<bool> other{false};
      group.go([&] { other = true; });
      sleep(3 * slice);  // a timer, beside loops that never look at one
      const auto limit = std::chrono::steady_clock::now() + 10s;
      while (!other && std::chrono::steady_clock::now() < limit) yield();
      EXPECT_TRUE(other);
      sleep(20 * slice);
      stop = true;
      group.wait();
    });
    for (const auto n : turns) EXPECT_GT(n, 0u) << slice.count() << " ms";
  }
}

TEST_P(go_preempt, by_default_where_a_program_declares_it) {
  STEALYARD_NEEDS_PREEMPTION();
  stealyard::run(GetParam().with_workers(1), [] {
    stop = false;
    std::uint64_t turns = 0;
    go([&] { spins_until_stopped(&turns); });
    sleep(1ms);
    stop = true;
  });
}

TEST_P(go_preempt, off_is_off) {
  options o = GetParam().with_workers(1);
  o.preempt_slice = -1ns;
  const auto before = sched::preemptions();
  stealyard::run(o, [&] {
    stop = false;
    std::atomic<bool> other{false};
    wait_group group;
    group.go([&] { other = true; });
    go([] {
      const auto until = std::chrono::steady_clock::now() + 50ms;
      while (std::chrono::steady_clock::now() < until) computes(1, 1000);
      stop = true;
    });
    std::uint64_t turns = 0;
    group.wait();
    while (!stop) yield();
    spins_until_stopped(&turns);
  });
  EXPECT_EQ(sched::preemptions(), before);
}

TEST_P(go_preempt, code_that_is_not_declared_is_left_alone) {
  STEALYARD_NEEDS_PREEMPTION();  // else it shows nothing
  options o = GetParam().with_workers(1);
  o.preempt_slice = 100us;
  stealyard::run(o, [] {
    std::atomic<bool> other{false};
    go([&] { other = true; });
    EXPECT_FALSE(not_preemptible_spin(other));
    yield();
  });
}

TEST_P(go_preempt, not_within_a_bracket) {
  STEALYARD_NEEDS_PREEMPTION();
  options o = GetParam().with_workers(1);
  o.preempt_slice = 100us;
  stealyard::run(o, [] {
    stop = false;
    std::atomic<bool> other{false};
    bool inside = true, after = false;
    go([&] { other = true; });
    spins_in_a_bracket(other, inside, after);
    EXPECT_FALSE(inside);
    stop = true;
  });
}

TEST_P(go_preempt, the_runtime_inlined_into_a_declared_function_is_not_interrupted) {
  STEALYARD_NEEDS_PREEMPTION();  // else it shows nothing
  options o = GetParam().with_workers(1);
  o.preempt_slice = 100us;
  stealyard::run(o, [&] {
    wait_group group;
    const int times = scaled(20000);
    // One channel for all: whoever is interrupted with its lock in hand lets the next one spin on it.
    chan<int> all(64);
    std::atomic<long> received{0};
    for (int i = 0; i != 4; ++i) {
      group.go([=, &received] {
        long count = 0;
        sends_and_receives(all, 25 * times, &count);
        received += count;
      });
    }
    chan<int> shared;
    for (int i = 0; i != 3; ++i) {
      group.go([=] {
        for (int k = 0; k != times / 10; ++k) shared.send(k);
      });
      group.go([=] {
        for (int k = 0; k != times / 10; ++k) shared.recv();
      });
    }
    group.wait();
    EXPECT_EQ(received, 100L * times);
  });
}

TEST_P(go_preempt, registers_flags_vectors_and_the_red_zone_survive) {
  STEALYARD_NEEDS_PREEMPTION();
  options o = GetParam().with_workers(std::min(workers(), 2u));  // with one for each, nobody would be in another's way
  o.preempt_slice = 100us;
  const auto before = sched::preemptions();
  stealyard::run(o, [] {
    stop = false;
    wait_group group;
    for (std::uint64_t i = 0; i != 4; ++i) {
      group.go([i] { EXPECT_TRUE(registers_survive(i)); });
      group.go([i] { EXPECT_EQ(red_zone_survives(i), 0u); });
    }
    errno = 77;
    sleep(30ms);
    stop = true;
    group.wait();
  });
  EXPECT_GT(sched::preemptions(), before);
}

// Calls of the runtime that find what they want never wait, and their caller is in no function declared preemptible: they look whether
// others wait. On one worker, so that nobody else could run the other one.
TEST_P(go_preempt, calls_that_never_wait_starve_nobody) {
  options o = GetParam().with_workers(1);
  o.preempt_slice = 1ms;
  const auto lets_others_run = [&](auto&& never_waits) {
    bool let = false;
    stealyard::run(o, [&] {
      std::atomic<bool> other_ran{false};
      go([&] { other_ran = true; });
      let = spin_until([&] {
        never_waits();
        return other_ran.load();
      });
    });
    return let;
  };
  const chan<int> c(1);
  EXPECT_TRUE(lets_others_run([&] { c.send(1), c.recv(); })) << "a buffered channel of its own";
  EXPECT_TRUE(lets_others_run([&] { c.try_recv(); })) << "a try";
  EXPECT_TRUE(lets_others_run([&] { select(on_recv(c), on_recv(chan<int>(nullptr)), otherwise([] {})); })) << "select with otherwise";
  mutex m;
  EXPECT_TRUE(lets_others_run([&] { m.lock(), m.unlock(); })) << "a mutex of its own";
  rw_mutex rw;
  EXPECT_TRUE(lets_others_run([&] { rw.lock_shared(), rw.unlock_shared(); })) << "a rw_mutex of its own";
}

// 2 s here, 60 s with --long.
TEST(go_preempt_stress, allocating_throwing_and_locking) {
  STEALYARD_NEEDS_PREEMPTION();
  const auto before = sched::preemptions();
  for (const unsigned workers : {1u, 2u}) {
    stealyard::run({.workers = workers, .preempt_slice = 100us}, [&] {
      stop = false;
      mutex m;
      std::vector<std::string> shared;
      wait_group group;
      for (std::uint64_t i = 0; i != 8; ++i) group.go([&, i] { EXPECT_TRUE(allocates_throws_and_locks(m, shared, i)); });
      std::uint64_t turns = 0;
      group.go([&] { spins_until_stopped(&turns); });
      sleep(stress_time() / 2);
      stop = true;
      group.wait();
    });
  }
  RecordProperty("preemptions", std::to_string(sched::preemptions() - before));
  EXPECT_GT(sched::preemptions() - before, 100u);
}

TEST(go_preempt_options, what_is_no_slice_is_refused) {
  const auto said = [](std::chrono::nanoseconds slice, const char* environment) {
    return in_child([&] {
      if (environment != nullptr) ::setenv("STEALYARD_PREEMPT_SLICE", environment, 1);
      return stealyard::run({.workers = 1, .preempt_slice = slice}, [] { return 7; });
    });
  };
  const child small = said(5ns, nullptr);
  EXPECT_EQ(small.status, 2);
  EXPECT_EQ(small.err, "stealyard: preempt_slice=5 ns: accepted are 50 us to 10 s, negative for none, 0 for the default\n");
  EXPECT_EQ(said(11s, nullptr).status, 2);
  EXPECT_EQ(said(-5ns, nullptr).status, 7);
  EXPECT_EQ(said(0ns, "off").status, 7);
  EXPECT_EQ(said(0ns, "1000").status, 7);
  const child wrong = said(0ns, "fast");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.err, "stealyard: STEALYARD_PREEMPT_SLICE=fast: accepted are 50 to 10000000 microseconds, or off\n");
}

}  // namespace stealyard::go_tests
