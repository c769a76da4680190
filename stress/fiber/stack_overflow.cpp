// An overflow of a fiber's stack ends in a message and status 2; every other fault is left as it was.
#include "core/fiber/stack_overflow.hpp"

#include "core/fiber/descriptor_writer.hpp"
#include "core/fiber/traceback.hpp"
#include "stress/fiber/strands.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <thread>

namespace stealyard::fiber {
namespace {

stack_block find(void* owner, const void* address) noexcept { return static_cast<stack::slab_guard*>(owner)->guarded_by(address); }

void report(void*, const stack_overflow& overflow) noexcept {
  descriptor_writer(2) << "fatal: a strand overflowed its stack of " << std::uint64_t{overflow.stack.size >> 10} << " KiB\n";
  traceback frames = capture_interrupted();
  if (frames.count > 24) frames.count = 24;
  print(2, frames, names::raw);
}

// The result is used after the call, so that no compiler may make a loop of it.
[[gnu::noinline]] int recurse(int depth) {
  if (depth < 0) return 0;
  volatile char frame[200];
  frame[depth % 200] = static_cast<char>(depth);
  asm volatile("" : : "r"(frame) : "memory");
  return recurse(depth + 1) + frame[depth % 200];
}

[[gnu::noinline]] int large_frame() {
  volatile char frame[300000];
  frame[0] = 1;
  asm volatile("" : : "r"(frame) : "memory");
  return frame[0];
}

template <class Body>
void run_watched(Body body) {
  stack::slab_guard stacks({.stride = 64 << 10, .most = 16});
  if (stacks.guard_kind() != "guard_page") std::_Exit(77);
  const overflow_watch watch{&stacks, &find, &report};
  if (!watch_overflows(watch)) std::_Exit(78);
  std::thread([&] {
    const alternate_stack signals;
    if (!signals.installed()) std::_Exit(79);
    strand neighbour(stacks, [](strand& me) { me.pause(); });  // below: what a silent overflow would hit
    neighbour.resume();
    strand s(stacks, [&](strand&) { body(); });
    s.resume();
  }).join();
  stop_watching_overflows();
}

bool no_guards() { return stack::slab_guard({.most = 1}).guard_kind() != "guard_page"; }

// The first frame printed is the one that overflowed; a sanitizer's own may have been the last straw.
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
constexpr const char* overflow_message = "overflowed its stack of 5[0-9] KiB\n(.|\n)*recurse";
#else
constexpr const char* overflow_message = "overflowed its stack of 5[0-9] KiB\n[^\n]*recurse";
#endif

TEST(stack_overflow, recursion_is_named) {
  if (no_guards()) GTEST_SKIP() << "the kernel has no guard regions";
  EXPECT_EXIT(run_watched([] { recurse(0); }), testing::ExitedWithCode(2), overflow_message);
}

TEST(stack_overflow, a_large_frame_does_not_step_over_the_guard) {
  if (no_guards()) GTEST_SKIP() << "the kernel has no guard regions";
  EXPECT_EXIT(run_watched([] { large_frame(); }), testing::ExitedWithCode(2), "overflowed its stack");
}

TEST(stack_overflow, within_bounds_nothing_happens) {
  EXPECT_EXIT(
      {
        run_watched([] {});
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

#if !defined(STEALYARD_ASAN) && !defined(STEALYARD_TSAN)
TEST(stack_overflow, other_faults_get_the_default_action) {
  EXPECT_EXIT(run_watched([] {
                volatile int* volatile nowhere = nullptr;
                *nowhere = 1;
              }),
              testing::KilledBySignal(SIGSEGV), "^$");
  EXPECT_EXIT(run_watched([] { raise(SIGSEGV); }), testing::KilledBySignal(SIGSEGV), "^$");
}
#endif

TEST(stack_overflow, an_earlier_handler_gets_other_faults) {
  EXPECT_EXIT(
      {
        struct sigaction mine{};
        mine.sa_handler = [](int) { std::_Exit(43); };
        sigaction(SIGSEGV, &mine, nullptr);
        run_watched([] { raise(SIGSEGV); });
      },
      testing::ExitedWithCode(43), "^$");
}

TEST(stack_overflow, handlers_are_given_back) {
  struct sigaction before{};
  sigaction(SIGSEGV, nullptr, &before);
  run_watched([] {});
  struct sigaction after{};
  sigaction(SIGSEGV, nullptr, &after);
  ASSERT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace stealyard::fiber
