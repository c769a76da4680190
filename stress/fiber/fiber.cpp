// switch_fiber and its neighbours, with the chosen context switch; in sanitized builds, with every report turned on.
#include "core/fiber/fiber.hpp"

#include "stress/fiber/strands.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace stealyard::fiber {
namespace {

stack_options small(std::size_t most = 64) { return {.stride = 64 << 10, .most = most}; }

TEST(fiber_switch, million_switches) {
  stack::slab_guard stacks(small());
  std::uint64_t sum = 0;
  double kept = 0;
  strand s(stacks, [&](strand& me) {
    double mine = 1;
    for (std::uint64_t i = 0;; ++i) {
      sum += i;
      mine = mine * 0.5 + 1;
      kept = mine;
      me.pause();
    }
  });
  double expected = 1;
  for (std::uint64_t i = 0; i != 500000; ++i) {
    s.resume();
    expected = expected * 0.5 + 1;
    ASSERT_EQ(kept, expected);
  }
  ASSERT_EQ(sum, 500000ull * 499999 / 2);
}

// Fibers of every age: some end, some are dropped in the middle, memory is used again at once.
TEST(fiber_switch, stacks_come_and_go) {
  stack::slab_guard stacks(small());
  std::vector<std::unique_ptr<strand>> live;
  int finished = 0;
  std::uint64_t random = 42;
  for (int i = 0; i != 20000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    if (live.size() < 8) {
      live.push_back(std::make_unique<strand>(stacks, [&finished, steps = random >> 61](strand& me) {
        volatile char frame[300];
        for (std::uint64_t k = 0; k != steps; ++k) {
          std::memset(const_cast<char*>(frame), static_cast<int>(k), sizeof frame);
          me.pause();
          if (frame[299] != static_cast<char>(k)) std::abort();
        }
        ++finished;
      }));
    }
    auto& chosen = live[(random >> 33) % live.size()];
    chosen->resume();
    const bool dropped = (random >> 20) % 16 == 0;
    if (chosen->done() || dropped) {
      std::swap(chosen, live.back());
      live.pop_back();
    }
  }
  ASSERT_GT(finished, 1000);
  live.clear();
  ASSERT_EQ(stacks.counters().in_use, 0u);
}

// The same stack, started again and again without going back to the provider.
TEST(fiber_switch, restart) {
  stack::slab_guard stacks(small());
  static context host_context;
  static fiber host;
  static fiber* guest;
  static int runs;
  adopt_this_thread(host);
  const entry_function entry = [](void* arg) {
    take_over(&host);
    runs += *static_cast<int*>(arg);
    fiber& own = *guest;
    hand_over(&host);
    leave_fiber(own, host_context, host, nullptr);
  };
  guest = create_fiber(stacks.acquire(), entry);
  int one = 1;
  runs = 0;
  for (int i = 0; i != 1000; ++i) {
    fiber& to = *guest;
    hand_over(&host);
    switch_fiber(host_context, host, to.base, to, &one);
    take_over(&host);
    restart_fiber(*guest, entry);
  }
  ASSERT_EQ(runs, 1000);
  ASSERT_TRUE(stacks.release(destroy_fiber(guest)));
}

// Exceptions -----------------------------------------------------------------------------------------------------------

std::string rethrown(strand& me, const char* own) {
  try {
    throw std::runtime_error(own);
  } catch (const std::exception&) {
    me.pause();
    try {
      throw;
    } catch (const std::exception& e) {
      return e.what();
    }
  }
}

// A catches and pauses, B catches and pauses, A rethrows.
std::array<std::string, 2> interleaved_rethrow(bool keeping) {
  stack::slab_guard stacks(small());
  std::array<std::string, 2> seen;
  strand a(stacks, [&](strand& me) { seen[0] = rethrown(me, "A's"); }, keeping);
  strand b(stacks, [&](strand& me) { seen[1] = rethrown(me, "B's"); }, keeping);
  a.resume();
  b.resume();
  a.resume();
  b.resume();
  return seen;
}

TEST(fiber_exceptions, kept_with_the_goroutine) {
  for (int i = 0; i != 100; ++i) {
    ASSERT_EQ(interleaved_rethrow(true), (std::array<std::string, 2>{"A's", "B's"}));
  }
  ASSERT_FALSE(exception_globals_here()->any());
}

// What the hook saves from: if this ever fails, either the hook is no longer needed or the test above proves nothing.
TEST(fiber_exceptions, without_the_hook_they_get_mixed_up) {
  EXPECT_EXIT(
      {
        const auto seen = interleaved_rethrow(false);
        std::_Exit(seen[0] == "B's" ? 42 : 0);
      },
      testing::ExitedWithCode(42), "");
}

struct pauses_while_unwinding {
  strand& me;
  int& inside;
  ~pauses_while_unwinding() {
    me.pause();
    inside = std::uncaught_exceptions();
  }
};

TEST(fiber_exceptions, uncaught_count_travels) {
  stack::slab_guard stacks(small());
  int inside = -1;
  std::string caught;
  strand s(stacks, [&](strand& me) {
    try {
      pauses_while_unwinding guard{me, inside};
      throw std::runtime_error("on its way");
    } catch (const std::exception& e) {
      caught = e.what();
    }
  });
  s.resume();
  ASSERT_EQ(std::uncaught_exceptions(), 0) << "the host sees the strand's";
  std::thread([&] { s.resume(); }).join();
  ASSERT_EQ(inside, 1);
  ASSERT_EQ(caught, "on its way");
  ASSERT_EQ(std::uncaught_exceptions(), 0);
}

TEST(fiber_exceptions, many_nested_on_two_threads) {
  stack::slab_guard stacks(small());
  std::vector<std::unique_ptr<strand>> all;
  std::array<int, 16> good{};
  for (std::size_t i = 0; i != good.size(); ++i) {
    all.push_back(std::make_unique<strand>(stacks, [&good, i](strand& me) {
      for (int round = 0; round != 20; ++round) {
        const std::string own = std::to_string(i) + "/" + std::to_string(round);
        try {
          try {
            throw std::runtime_error(own);
          } catch (...) {
            me.pause();
            try {
              throw std::logic_error("inner");
            } catch (const std::logic_error&) {
              me.pause();
            }
            throw;
          }
        } catch (const std::runtime_error& e) {
          me.pause();
          good[i] += e.what() == own;
        }
      }
    }));
  }
  for (int round = 0; round != 70; ++round) {
    std::thread([&] {
      for (auto& s : all) {
        if (!s->done()) s->resume();
      }
    }).join();
  }
  for (std::size_t i = 0; i != good.size(); ++i) ASSERT_EQ(good[i], 20) << i;
}

// Threads --------------------------------------------------------------------------------------------------------------

// Two threads pass strands to and fro; what strands share is under a lock unless `racing`.
int shared_by_strands(bool racing) {
  stack::slab_guard stacks(small());
  std::mutex lock;
  int shared = 0;
  std::atomic<int> live{8};
  std::array<std::vector<strand*>, 2> queues;
  std::vector<std::unique_ptr<strand>> all;
  for (std::size_t i = 0; i != 8; ++i) {
    all.push_back(std::make_unique<strand>(stacks, [&](strand& me) {
      for (int k = 0; k != 500; ++k) {
        if (racing) {
          shared = shared + 1;
        } else {
          std::lock_guard guard(lock);
          ++shared;
        }
        me.pause();
      }
    }));
    queues[i % 2].push_back(all.back().get());
  }
  auto work = [&](std::size_t me) {
    while (live.load() != 0) {
      strand* s = nullptr;
      {
        std::lock_guard guard(lock);
        if (!queues[me].empty()) {
          s = queues[me].back();
          queues[me].pop_back();
        }
      }
      if (s == nullptr) {
        std::this_thread::yield();
        continue;
      }
      s->resume();
      if (s->done()) {
        live.fetch_sub(1);
      } else {
        std::lock_guard guard(lock);
        queues[1 - me].insert(queues[1 - me].begin(), s);
      }
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  return shared;
}

TEST(fiber_threads, migrate_on_every_switch) { ASSERT_EQ(shared_by_strands(false), 8 * 500); }

#if defined(STEALYARD_TSAN)
// Positive control: the annotations must not hide a race between strands on different threads.
TEST(fiber_threads, a_race_is_reported) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        for (int i = 0; i != 20; ++i) shared_by_strands(true);
        std::exit(0);
      },
      testing::ExitedWithCode(66), "data race");
}
#endif

#if defined(STEALYARD_ASAN)
// Out of line: clang gives no fake frame to a function that holds assembly.
[[gnu::noinline]] void touch(volatile char* frame) {
  frame[7] = 1;
  asm volatile("" : : "r"(frame) : "memory");
}

// A strand's fake frames are freed with it: AddressSanitizer maps them one by one for every stack it is told of.
TEST(fiber_asan, fake_stacks_die_with_their_strand) {
  stack::slab_guard stacks(small());
  auto run_strands = [&](int count) {
    for (int i = 0; i != count; ++i) {
      strand s(stacks, [](strand& me) {
        volatile char frame[100];
        touch(frame);
        me.pause();
      });
      s.resume();
      s.resume();
      ASSERT_TRUE(s.done());
    }
  };
  auto address_space = [] {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * 4096;
  };
  run_strands(20);
  const std::size_t before = address_space();
  run_strands(500);
  ASSERT_LE(address_space(), before + (std::size_t{64} << 20));
}

// Positive controls: AddressSanitizer sees a strand's frames.
TEST(fiber_asan, overrun_on_a_fiber_is_reported) {
  EXPECT_DEATH(
      {
        stack::slab_guard stacks(small());
        strand s(stacks, [](strand& me) {
          char local[32];
          // clang's ASan forgets what it knows of a stack whenever swapcontext enters it.
          if (std::string_view(chosen_switch_name) != "ucontext") me.pause();
          volatile std::size_t at = 40;
          std::memset(local, 0, at);
          asm volatile("" : : "r"(local) : "memory");
        });
        s.resume();
        s.resume();
      },
      "stack-buffer-overflow");
}
#endif

// Plain builds: the layer costs nothing. Both functions take the same arguments, so that they may only differ in the switch.
#if !defined(STEALYARD_ASAN) && !defined(STEALYARD_TSAN) && defined(__x86_64__) && defined(__OPTIMIZE__)
extern "C" {
// The linker's own names for the ends of a section.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern const char __start_raw_jump[], __stop_raw_jump[], __start_fiber_jump[], __stop_fiber_jump[];
[[gnu::section("raw_jump"), gnu::used, gnu::noinline]] void* stealyard_raw_jump(context& a, fiber&, context& b, fiber&, void* arg) {
  return chosen_switch::jump(a, b, arg);
}
[[gnu::section("fiber_jump"), gnu::used, gnu::noinline]] void* stealyard_fiber_jump(context& a, fiber& f, context& b, fiber& g, void* arg) {
  return switch_fiber(a, f, b, g, arg);
}
}
TEST(fiber_switch, not_an_instruction_more) {
  const auto raw = static_cast<std::size_t>(__stop_raw_jump - __start_raw_jump);
  const auto layered = static_cast<std::size_t>(__stop_fiber_jump - __start_fiber_jump);
  ASSERT_GT(raw, 10u);
  ASSERT_EQ(raw, layered);
  if (chosen_switch::claims.inlined) {
    ASSERT_EQ(std::memcmp(__start_raw_jump, __start_fiber_jump, raw), 0);
  }
}
#endif

}  // namespace
}  // namespace stealyard::fiber
