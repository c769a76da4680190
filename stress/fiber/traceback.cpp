#include "core/fiber/traceback.hpp"

#include "core/fiber/suspended.hpp"
#include "stress/fiber/strands.hpp"

#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace stealyard::fiber {
namespace {

std::string printed(const traceback& frames, names how = names::readable) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  print(ends[1], frames, how);  // less than a pipe holds
  close(ends[1]);
  std::string text;
  char chunk[4096];
  for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0;) text.append(chunk, static_cast<std::size_t>(got));
  close(ends[0]);
  return text;
}

constexpr int innermost_line = __LINE__ + 2;
[[gnu::noinline]] traceback innermost(std::size_t skip) {
  traceback t = capture(skip);
  asm volatile("" : : "r"(&t) : "memory");
  return t;
}
constexpr int outer_line = __LINE__ + 2;
[[gnu::noinline]] traceback outer_of_two(std::size_t skip) {
  traceback t = innermost(skip);
  asm volatile("" : : "r"(&t) : "memory");
  return t;
}

TEST(traceback, names_files_and_lines) {
  const std::string text = printed(outer_of_two(0));
  const std::size_t inner = text.find("stealyard::fiber::(anonymous namespace)::innermost(unsigned long)\n\t");
  const std::size_t outer = text.find("stealyard::fiber::(anonymous namespace)::outer_of_two(unsigned long)\n\t");
  ASSERT_EQ(inner, 0u) << text;
  ASSERT_NE(outer, std::string::npos) << text;
  ASSERT_LT(inner, outer);
  ASSERT_NE(text.find("stress/fiber/traceback.cpp:" + std::to_string(innermost_line) + "\n"), std::string::npos) << text;
  ASSERT_NE(text.find("stress/fiber/traceback.cpp:" + std::to_string(outer_line) + "\n"), std::string::npos) << text;
  // gtest comes without debug information, but the symbol table names its functions.
  ASSERT_NE(text.find("testing::Test::Run()\n\t"), std::string::npos) << text;
  ASSERT_EQ(printed(outer_of_two(1)).find("innermost"), std::string::npos);
  ASSERT_NE(printed(outer_of_two(0), names::raw).find("innermostEm\n\t"), std::string::npos);
}

TEST(traceback, stops_at_the_trampoline) {
  stack::slab_guard stacks({.stride = 64 << 10, .most = 4});
  traceback seen;
  strand s(stacks, [&](strand&) { seen = outer_of_two(0); });
  s.resume();
  const std::string text = printed(seen);
  ASSERT_NE(text.find("outer_of_two"), std::string::npos) << text;
  ASSERT_LE(seen.count, 12u) << text;
  ASSERT_EQ(text.find("TestBody()\n\t/"), std::string::npos) << "frames of the host's stack:\n" << text;
  ASSERT_EQ(text.find("__libc_start"), std::string::npos) << text;
  ASSERT_FALSE(seen.truncated);
}

[[gnu::noinline]] int pauses_inside(strand& me) {
  volatile int after = 7;
  me.pause();
  return after;
}
[[gnu::noinline]] int calls_one_that_pauses(strand& me, std::size_t bytes) {
  auto* dynamic = static_cast<volatile char*>(__builtin_alloca(bytes));  // a frame found by its frame pointer
  dynamic[bytes - 1] = 3;
  return pauses_inside(me) + dynamic[bytes - 1];
}

TEST(traceback, of_a_suspended_strand) {
  stack::slab_guard stacks({.stride = 64 << 10, .most = 4});
  int result = 0;
  strand s(stacks, [&](strand& me) { result = calls_one_that_pauses(me, 100); });
  s.resume();
  const traceback seen = capture_suspended(s.place());
  const std::string text = printed(seen);
  if (shows_suspended<chosen_switch>) {
    const std::size_t first = text.find("pause()");
    const std::size_t second = text.find("pauses_inside");
    const std::size_t third = text.find("calls_one_that_pauses");
    ASSERT_NE(third, std::string::npos) << text;
    ASSERT_LT(first, second) << text;
    ASSERT_LT(second, third) << text;
    ASSERT_EQ(text.find("TestBody()\n\t/"), std::string::npos) << text;
    ASSERT_EQ(text.find("capture"), std::string::npos) << text;
    ASSERT_FALSE(seen.truncated);
  } else {
    ASSERT_EQ(seen.count, 0u);
  }
  s.resume();
  ASSERT_EQ(result, 10) << "looking changed something";
}

[[gnu::noinline]] traceback at_depth(int depth) {
  traceback t = depth == 0 ? capture() : at_depth(depth - 1);
  asm volatile("" : : "r"(&t) : "memory");
  return t;
}
TEST(traceback, truncated_when_deep) {
  const traceback t = at_depth(100);
  ASSERT_EQ(t.count, traceback::most);
  ASSERT_TRUE(t.truncated);
  const std::string text = printed(t);
  ASSERT_EQ(text.substr(text.size() - 15), "...more frames\n");
}

// An address without debug information is still a line, never a fault.
TEST(traceback, unknown_addresses) {
  traceback t;
  t.frames[0] = reinterpret_cast<void*>(std::uintptr_t{16});
  t.count = 1;
  ASSERT_EQ(printed(t), "0x10\n\tunknown file\n");
}

}  // namespace
}  // namespace stealyard::fiber
