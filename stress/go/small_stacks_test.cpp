// Goroutines on the smallest stacks there are: everything of the runtime that a goroutine can wait in fits them, with room to spare for
// the goroutine itself. What does not fit would run over the neighbour long before a canary is looked at; so the room that was never
// touched is measured: fresh stacks are zero.
#include "core/go/select.hpp"
#include "core/go/timer.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "stress/go/support.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <vector>

namespace stealyard::go_tests {

namespace {

constexpr std::size_t small = 2112;
constexpr std::size_t unused = 256;  // of them, at the least

// Where this goroutine's frames lie. Noted after each wait: it may have been a guest at the base of another's stack before.
void note_stack(std::vector<stack_block>& seen) {
  const fiber::fiber& mine = *sched::product::worker_here()->current->stack;
  static std::atomic<std::size_t> next{0};
  const std::size_t at = next.fetch_add(1);
  if (at < seen.size()) seen[at] = {mine.low, mine.size};
}

std::size_t untouched(const stack_block& b) {
  const std::byte* const low = b.low;
  const std::byte* const end = low + b.size;
  return static_cast<std::size_t>(std::find_if(low, end, [](std::byte x) { return x != std::byte{0}; }) - low);
}

// One of each way to wait. Small: no stdio, no exceptions.
[[gnu::noinline]] void wait_in_every_way(int i, chan<int> in, chan<int> out, chan<int> never, mutex& m, std::atomic<int>& sum) {
  const int got = in.recv();
  m.lock();
  yield();
  sum.fetch_add(got);
  m.unlock();
  sleep(std::chrono::microseconds(50 + i));
  select(on_recv(never, [](int, bool) {}), on_recv(after(std::chrono::microseconds(10)), [](auto, bool) {}));
  select(on_recv(never, [](int, bool) {}), on_send(out, got, [] {}));
}

}  // namespace

TEST(go_small_stacks, hold_every_way_to_wait) {
  if (sanitized) GTEST_SKIP() << "sanitizers' frames are larger";
  for (unsigned workers : {1u, 3u}) {
    const child c = in_child([workers] {
      constexpr int count = 200;
      std::vector<stack_block> seen(2 * count);
      std::atomic<int> sum{0};
      int received = 0;
      std::size_t least = small;
      const int status = run({.workers = workers, .stack = "slab_canary", .stack_size = small}, [&] {
        chan<int> in, out, never;
        mutex m;
        wait_group ended;
        for (int i = 0; i != count; ++i) {
          ended.go([&, i] {
            wait_in_every_way(i, in, out, never, m, sum);
            note_stack(seen);
          });
        }
        for (int i = 0; i != count; ++i) in.send(i);
        for (int i = 0; i != count; ++i) received += out.recv();
        ended.wait();
            // Before run ends, and their memory with it.
        for (const stack_block& b : seen) {
          if (b) least = std::min(least, untouched(b));
        }
      });
      std::printf("%zu bytes never touched\n", least);
      if (least < unused) return 10;
      if (sum.load() != count * (count - 1) / 2 || received != sum.load()) return 11;
      return status;
    });
    EXPECT_EQ(c.status, 0) << "10: less room than promised, 11: a wrong sum\n" << c.out << c.err;
    RecordProperty("room", c.out);
  }
}

// The report walks frames and reads debug information, deeper than any small stack.
TEST(go_small_stacks, a_deadlock_is_reported) {
  if (sanitized) GTEST_SKIP() << "sanitizers' frames are larger";
  const child c = in_child([] {
    return run({.workers = 1, .stack = "slab_canary", .stack_size = small}, [] {
      chan<int> never;
      for (int i = 0; i != 8; ++i) go([=] { never.recv(); });
      never.recv();
    });
  });
  EXPECT_EQ(c.status, 2) << c.signal;
  EXPECT_TRUE(contains(c.err, "all goroutines are asleep - deadlock!")) << c.err;
  EXPECT_TRUE(contains(c.err, "small_stacks_test.cpp:")) << c.err;
}

}  // namespace stealyard::go_tests
