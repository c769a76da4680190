#include "core/fiber/worker_pointer.hpp"

#include "stress/fiber/worker_pointer_trap.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace stealyard::fiber {
namespace {

void expect_right(const char* level, const trap_counts& counts, int switches) {
  EXPECT_EQ(counts.accessor_wrong, 0) << level;
  EXPECT_EQ(counts.call_wrong, 0) << level;
  EXPECT_EQ(counts.errno_wrong, 0) << level;
  std::printf("%s, another thread at each of %d switches: thread_local wrong %d times, errno %d times\n", level, switches,
              counts.naive_wrong, counts.naive_errno_wrong);
  testing::Test::RecordProperty(level, counts.naive_wrong);
}

TEST(worker_pointer, right_after_every_migration) {
  expect_right("-O2", trap_o2::run(200), 200);
  expect_right("-O3", trap_o3::run(200), 200);
}

TEST(worker_pointer, one_a_thread) {
  int mine = 0;
  set_worker_pointer(&mine);
  std::thread([] {
    ASSERT_EQ(worker_pointer(), nullptr);
    int other = 0;
    set_worker_pointer_by_call(&other);
    ASSERT_EQ(worker_pointer(), &other);
  }).join();
  ASSERT_EQ(worker_pointer(), &mine);
  ASSERT_EQ(worker_pointer_by_call(), &mine);
  set_worker_pointer(nullptr);
  ASSERT_EQ(worker_pointer_by_call(), nullptr);
}

}  // namespace
}  // namespace stealyard::fiber
