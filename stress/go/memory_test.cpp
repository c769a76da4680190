// Many goroutines at once, on each kind of stack: that they fit, what they cost, that their memory goes back to the system when asked
// for, and that stacks do not pile up on the worker where goroutines end. (Speed is the benchmarks' business: bench/workloads/parked.)
#include "core/sched/goroutine_pool.hpp"
#include "stress/go/messages.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace stealyard::go_tests {

namespace {

struct kind_of_stack {
  const char* name;
  std::size_t stack_size;
  int goroutines;
  double most_bytes_each;  // of resident memory, each
};
void PrintTo(const kind_of_stack& k, std::ostream* out) { *out << k.name << " " << k.stack_size; }

std::size_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long pages = 0;
  if (file == nullptr || std::fscanf(file, "%*s %llu", &pages) != 1) pages = 0;
  if (file != nullptr) std::fclose(file);
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class go_memory : public ::testing::TestWithParam<kind_of_stack> {
 protected:
  options parts(unsigned workers) const {
    options o{.workers = workers, .stack = GetParam().name, .stack_size = GetParam().stack_size};
    if (sanitized) o.stack_size = std::size_t{512} << 10;
    return o;
  }
};

INSTANTIATE_TEST_SUITE_P(stacks, go_memory,
                         ::testing::Values(kind_of_stack{"slab_guard", 64 << 10, 100'000, 4608},      // 4.5 KiB
                                           kind_of_stack{"slab_canary", 2112, 100'000, 2355},           // 2.3 KiB
                                           kind_of_stack{"slab_canary", 64 << 10, 20'000, 4608},
                                           kind_of_stack{"mmap_guard", 64 << 10, 20'000, 4608}),
                         [](const auto& test) { return std::string(test.param.name) + "_" + std::to_string(test.param.stack_size); });

// `count` goroutines, all parked; then they go on and end. `while_parked` runs in between.
template <class F>
void park_and_release(int count, F&& while_parked) {
  chan<int> gate;
  wait_group begun, ended;
  std::atomic<std::uint64_t> sum{0};
  begun.add(count);
  ended.add(count);
  for (int i = 0; i != count; ++i) {
    go([&, gate, i] {
      begun.done();
      gate.recv_ok();
      sum.fetch_add(static_cast<std::uint64_t>(i), std::memory_order::relaxed);
      ended.done();
    });
  }
  begun.wait();
  while_parked();
  gate.close();
  ended.wait();
  const auto n = static_cast<std::uint64_t>(count);
  EXPECT_EQ(sum.load(), n * (n - 1) / 2);
}

}  // namespace

TEST_P(go_memory, many_parked_and_given_back) {
  // TSan has room for 8,128 stacks, and every sanitizer keeps books of its own beside them.
  const int count = sanitized ? 2'000 : GetParam().goroutines;
  const child c = in_child(
      [&] {
        double each = 0, kept = 0;
        std::size_t given = 0;
        const int status = run(parts(2), [&] {
          park_and_release(300, [] {});  // whatever the first goroutines bring along
          const std::size_t before = resident_bytes();
          park_and_release(count, [&] { each = static_cast<double>(resident_bytes() - before) / count; });
          given = free_os_memory();
          const std::size_t after = resident_bytes();
          kept = after > before ? static_cast<double>(after - before) / count : 0;
          park_and_release(count, [] {});  // and all of it is good for use again
        });
        std::printf("%.0f bytes each, %.0f kept, %zu given back\n", each, kept, given);
        if (sanitized) return status;
        if (each > GetParam().most_bytes_each) return 10;
        if (kept > GetParam().most_bytes_each / 10 + 3e6 / count) return 11;  // workers keep some hundred stacks at hand
        return given < static_cast<std::size_t>(count) * GetParam().stack_size / 2 ? 12 : status;
      },
      100s);
  EXPECT_EQ(c.status, 0) << "10: more memory than promised, 11: not given back, 12: less said to be given back than was there\n"
                         << c.out << c.err;
  RecordProperty("bytes", c.out);
}

// What is prefetched must be what is taken: nothing else would notice, but a clock.
TEST(go_memory_shelf, foresees_what_is_taken_and_spills_the_oldest) {
  using shelf_of_ints = sched::shelf<int, 24>;
  constexpr unsigned ahead = shelf_of_ints::foresight;
  int cells[24];
  shelf_of_ints s;
  for (int& c : cells) EXPECT_EQ(s.put(c), &c == &cells[23]) << "full with the last one only";
  std::vector<const int*> given;
  s.spill(5, [&](auto oldest) noexcept { given.assign(oldest.begin(), oldest.end()); });
  EXPECT_EQ(given, (std::vector<const int*>{&cells[0], &cells[1], &cells[2], &cells[3], &cells[4]}));
  std::vector<const int*> taken, foreseen;
  while (!s.empty()) {
    taken.push_back(&s.take());
    foreseen.push_back(s.soon());
  }
  ASSERT_EQ(taken.size(), 19u);
  for (std::size_t i = 0; i != taken.size(); ++i) {
    EXPECT_EQ(taken[i], &cells[23 - i]);
    EXPECT_NE(foreseen[i], nullptr) << i;
    if (i + ahead >= taken.size()) continue;
    EXPECT_EQ(foreseen[i], taken[i + ahead]) << i;
  }
  s.refill([&](int** into) noexcept {
    into[0] = &cells[7];
    return 1u;
  });
  EXPECT_EQ(&s.take(), &cells[7]);
  EXPECT_TRUE(s.empty());
}

// Goroutines that park on one worker and end on another carry stacks over: here always to the same one, since main keeps the other busy
// while they end. They must come back, or address space runs out.
TEST_P(go_memory, stacks_do_not_pile_up) {
  constexpr int at_once = 100;
  const int rounds = scaled(300);
  std::size_t mapped = 0;
  EXPECT_EQ(stealyard::run(parts(2),
                           [&] {
                             for (int round = 0; round != rounds; ++round) {
                               chan<int> gate;
                               wait_group begun;
                               std::atomic<int> ended{0};
                               begun.add(at_once);
                               for (int i = 0; i != at_once; ++i) {
                                 go([&, gate] {
                                   begun.done();
                                   gate.recv_ok();
                                   ended.fetch_add(1);
                                 });
                               }
                               begun.wait();
                               gate.close();
                               ASSERT_TRUE(spin_until([&] { return ended.load() == at_once; }));
                             }
                             mapped = sched::running_scheduler()->pool->stacks().counters().mapped;
                           }),
            0);
  EXPECT_LE(mapped, std::size_t{2 * at_once + 2 * sched::product::most_idle_stacks + 256});
}

// A stack without a guard page tells when the goroutine ends.
TEST(go_memory_canary, overflow_is_found_late) {
  if (sanitized) GTEST_SKIP() << "the sanitizer finds it first";
  const child c = in_child([] {
    return run({.workers = 1, .stack = "slab_canary", .stack_size = 16 << 10}, [] {
      chan<int> never_mind;
      go([=] {
        // Down to just below the block, where the canary is.
        const auto* here = static_cast<const char*>(__builtin_frame_address(0));
        const sched::product_task& me = *sched::product::worker_here()->current;
        auto* low = reinterpret_cast<volatile char*>(me.stack->low);
        if (here > low) low[-3] = 1;
        never_mind.send(1);
      });
      never_mind.recv();
      yield();
    });
  });
  expect_death_by(c, "stack_overflow_found_late");
  EXPECT_TRUE(contains(c.err, "memory_test.cpp:")) << c.err;
}

namespace {

// From here on this process gets so much more address space, and no more.
void limit_address_space(std::size_t more) {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long pages = 0;
  if (file == nullptr || std::fscanf(file, "%llu", &pages) != 1) std::abort();
  std::fclose(file);
  const rlim_t most = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit limit{most, most};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::abort();
}

}  // namespace

// Each goroutine that runs takes a stack, each that is queued a control block, and neither ends.
TEST(go_memory_limit, no_more_stacks_is_said_in_one_line) {
  if (sanitized) GTEST_SKIP() << "not applicable: the sanitizer itself needs the address space";
  expect_death_by(in_child([] {
                    return run({.workers = 1, .stack = "mmap_guard", .stack_size = 64 << 10}, [] {
                      chan<int> never;
                      limit_address_space(32 << 20);
                      for (;;) {
                        go([=] { never.recv(); });
                        yield();
                      }
                    });
                  }),
                  "out_of_stacks");
}
TEST(go_memory_limit, no_more_memory_is_said_in_one_line) {
  if (sanitized) GTEST_SKIP() << "not applicable: the sanitizer itself needs the address space";
  expect_death_by(in_child([] {
                    return run({.workers = 1, .run_queue = "go_runq", .preempt_slice = -1ns}, [] {
                      limit_address_space(32 << 20);
                      for (;;) go([] {});
                    });
                  }),
                  "out_of_memory");
}

#if defined(STEALYARD_TSAN_GO)
TEST(go_memory_limit, a_stack_that_this_build_cannot_use_is_refused) {
  expect_death_by(in_child([] {
                    return run({.workers = 1, .stack_size = 32 << 10}, [] {
                      chan<int> c;
                      go([=] { c.send(1); });
                      c.recv();
                    });
                  }),
                  "too_small_a_stack_for_tsan_go");
}
#endif

TEST(go_memory_outside, nothing_to_give_back_outside_run) { EXPECT_EQ(free_os_memory(), 0u); }

}  // namespace stealyard::go_tests
