// Each axiom of core/contract/stack.hpp, for every registered stack provider.
#pragma once
#include "core/contract/stack.hpp"
#include "stress/conformance/register.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace stealyard::fiber::stack_suite {

inline constexpr std::size_t page = 4096;

inline std::size_t mappings() {
  std::ifstream file("/proc/self/maps");
  std::string line;
  std::size_t count = 0;
  while (std::getline(file, line)) ++count;
  return count;
}

inline bool is_mapped(void* address) {
  unsigned char resident = 0;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(address) / page * page;
  return mincore(reinterpret_cast<void*>(start), page, &resident) == 0;
}

template <class S>
void st1_blocks_are_disjoint_and_usable() {
  S provider(stack_options{.stride = 16 << 10, .most = 300});
  std::vector<stack_block> blocks;
  while (stack_block b = provider.acquire()) {
    std::memset(b.low, static_cast<int>(blocks.size() & 0xff), b.size);
    blocks.push_back(b);
    ASSERT_LE(blocks.size(), 300u);
  }
  ASSERT_EQ(blocks.size(), 300u) << "an empty block before `most` are out";
  for (std::size_t i = 0; i != blocks.size(); ++i) {
    for (std::size_t at = 0; at != blocks[i].size; ++at) {
      ASSERT_EQ(blocks[i].low[at], static_cast<std::byte>(i & 0xff)) << "block " << i << " byte " << at;
    }
  }
  ASSERT_TRUE(provider.release(blocks[7]));
  ASSERT_EQ(provider.acquire().low, blocks[7].low);
}

template <class S>
void st2_bounds() {
  std::set<std::uintptr_t> tops;
  S provider(stack_options{.stride = 64 << 10, .most = 64});
  while (stack_block b = provider.acquire()) {
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(b.low) % (S::claims.guard_pages ? page : 64), 0u);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(b.top()) % 64, 0u);
    ASSERT_LT(b.size, std::size_t{64} << 10);
    ASSERT_GE(b.size, (std::size_t{64} << 10) - 2 * page);
    tops.insert(reinterpret_cast<std::uintptr_t>(b.top()) % page);
  }
  ASSERT_EQ(tops.size(), 16u) << "tops share cache sets";
  S plain(stack_options{.stride = 64 << 10, .most = 2, .colour = false});
  ASSERT_EQ(plain.acquire().size, (std::size_t{64} << 10) - (S::claims.guard_pages ? page : 64));
}

// The smallest there are, packed side by side: each whole, none in another's way.
template <class S>
void st2_least_stride() {
  S provider(stack_options{.stride = S::claims.least_stride, .most = 100});
  std::vector<stack_block> blocks;
  while (stack_block b = provider.acquire()) {
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(b.top()) % 64, 0u);
    ASSERT_GE(b.size + 2 * page, S::claims.least_stride);
    std::memset(b.low, static_cast<int>(blocks.size() + 1), b.size);
    blocks.push_back(b);
  }
  ASSERT_EQ(blocks.size(), 100u);
  for (std::size_t i = 0; i != blocks.size(); ++i) {
    ASSERT_EQ(std::count(blocks[i].low, blocks[i].top(), static_cast<std::byte>(i + 1)), static_cast<std::ptrdiff_t>(blocks[i].size));
    ASSERT_TRUE(provider.release(blocks[i]));
  }
}

template <class S>
void st3_guard_faults() {
  S provider(stack_options{.stride = 16 << 10, .most = 8});
  if (provider.guard_kind() != "guard_page") GTEST_SKIP() << provider.guard_reason();
  const stack_block first = provider.acquire();
  const stack_block second = provider.acquire();
  ASSERT_EQ(provider.guarded_by(first.low - 1).low, first.low);
  ASSERT_EQ(provider.guarded_by(second.low - page).low, second.low);
  ASSERT_EQ(provider.guarded_by(second.low - page).size, second.size);
  ASSERT_FALSE(provider.guarded_by(first.low));
  ASSERT_FALSE(provider.guarded_by(first.top() - 1));
  int elsewhere = 0;
  ASSERT_FALSE(provider.guarded_by(&elsewhere));
  EXPECT_DEATH(*const_cast<volatile std::byte*>(first.low - 1) = std::byte{1}, "");
  EXPECT_DEATH(*const_cast<volatile std::byte*>(second.low - page) = std::byte{1}, "");
  *const_cast<volatile std::byte*>(first.low) = std::byte{1};
  ASSERT_TRUE(provider.intact(first));
  ASSERT_TRUE(provider.release(first));
}

template <class S>
void st4_canary_tells() {
  if (!S::claims.canaries) GTEST_SKIP() << "claims no canaries";
  S provider(stack_options{.stride = 16 << 10, .most = 8, .refuse_guards = true});
  ASSERT_EQ(provider.guard_kind(), "canary");
  ASSERT_FALSE(provider.guard_reason().empty());
  for (const std::ptrdiff_t distance : {1, 33, 64}) {
    const stack_block b = provider.acquire();
    ASSERT_TRUE(provider.intact(b));
    ASSERT_FALSE(provider.guarded_by(b.low - 1));
    *(b.low - distance) = std::byte{1};
    ASSERT_FALSE(provider.intact(b)) << distance << " below";
    ASSERT_FALSE(provider.release(b)) << distance << " below";
    const stack_block again = provider.acquire();
    ASSERT_EQ(again.low, b.low);
    ASSERT_TRUE(provider.intact(again)) << "the broken canary was not renewed";
    ASSERT_TRUE(provider.release(again));
  }
}

// Threads mark each block they take; most they release themselves, at once and without a lock of the test's own, so that calls
// meet inside the provider; every 16th is passed on, and who receives it releases it. A block handed out twice shows a
// foreign mark.
template <class S>
void st5_any_thread() {
  struct passed {
    stack_block block;
    std::uint64_t mark;
  };
  S provider(stack_options{.stride = 16 << 10, .most = 48});
  std::mutex lock;
  std::vector<passed> under_way;
  std::atomic<int> wrong{0};
  std::atomic<int> taken{0};
  auto work = [&](std::uint64_t thread) {
    for (std::uint64_t i = 0; i != 64000; ++i) {
      const std::uint64_t mark = thread << 32 | i;
      passed mine{provider.acquire(), mark};
      if (!mine.block) continue;
      taken.fetch_add(1, std::memory_order::relaxed);
      std::memcpy(mine.block.low, &mark, sizeof mark);
      if (i % 16 == 0) {
        std::lock_guard guard(lock);
        under_way.push_back(mine);
        mine = under_way.front();
        if (under_way.size() <= 30) continue;
        under_way.erase(under_way.begin());
      }
      if (std::memcmp(mine.block.low, &mine.mark, sizeof mine.mark) != 0) wrong.fetch_add(1, std::memory_order::relaxed);
      if (!provider.release(mine.block)) wrong.fetch_add(1, std::memory_order::relaxed);
    }
  };
  std::array<std::thread, 3> threads;
  for (std::size_t t = 0; t != threads.size(); ++t) threads[t] = std::thread(work, t + 1);
  for (auto& t : threads) t.join();
  ASSERT_EQ(wrong.load(), 0);
  ASSERT_EQ(taken.load(), 3 * 64000);  // at most 30 + 3 are out
  ASSERT_EQ(provider.counters().in_use, under_way.size());
}

template <class S>
void st6_unmapped_at_the_end() {
  std::byte* low = nullptr;
  {
    S provider(stack_options{.stride = 16 << 10, .most = 32});
    low = provider.acquire().low;
    ASSERT_TRUE(is_mapped(low));
  }
  ASSERT_FALSE(is_mapped(low));
}

template <class S>
void st7_counters() {
  S provider(stack_options{.stride = 16 << 10, .most = 20});
  ASSERT_EQ(provider.counters().in_use, 0u);
  ASSERT_EQ(provider.counters().most, 20u);
  std::vector<stack_block> out;
  for (std::size_t i = 1; i <= 20; ++i) {
    out.push_back(provider.acquire());
    ASSERT_EQ(provider.counters().in_use, i);
    ASSERT_GE(provider.counters().mapped, i);
    ASSERT_LE(provider.counters().mapped, 20u);
  }
  ASSERT_FALSE(provider.acquire());
  ASSERT_EQ(provider.counters().in_use, 20u);
  const std::size_t mapped = provider.counters().mapped;
  for (const stack_block& b : out) provider.release(b);
  ASSERT_EQ(provider.counters().in_use, 0u);
  ASSERT_EQ(provider.counters().mapped, mapped);
}

template <class S>
void st8_sizes_are_values() {
  struct {
    stack_options options;
    stack_error expected;
  } const cases[] = {
      {{.stride = 65537}, stack_error::stride_not_steps},
      {{.stride = 0}, stack_error::stride_too_small},
      {{.stride = S::claims.least_stride / 2}, stack_error::stride_too_small},
      {{.stride = std::size_t{2} << 30}, stack_error::stride_too_large},
      {{.stride = 65536, .most = 0}, stack_error::no_stacks},
      {{.stride = 65536, .most = ~std::size_t{0}}, stack_error::too_many},
      {{.stride = 65536, .most = 1}, stack_error::none},
  };
  for (const auto& c : cases) {
    ASSERT_EQ(S::check(c.options), c.expected) << c.options.stride << " x " << c.options.most;
    S provider(c.options);
    ASSERT_EQ(provider.error(), c.expected);
    ASSERT_EQ(static_cast<bool>(provider.acquire()), c.expected == stack_error::none);
    ASSERT_FALSE(to_string(c.expected).empty());
  }
}

template <class S>
void st9_trim() {
  S provider(stack_options{.stride = 16 << 10, .most = 8});
  const stack_block kept = provider.acquire();
  const stack_block idle = provider.acquire();
  std::memset(kept.low, 1, kept.size);
  std::memset(idle.low, 2, idle.size);
  provider.release(idle);
  ASSERT_GE(provider.trim() + page, idle.size);  // a page may be shared with the stack that is out
  ASSERT_EQ(kept.low[0], std::byte{1});
  ASSERT_EQ(kept.top()[-1], std::byte{1});
  const stack_block again = provider.acquire();
  ASSERT_EQ(again.low, idle.low);
  ASSERT_EQ(again.low[again.size / 2], std::byte{0}) << "the memory was not given back";
  ASSERT_TRUE(provider.intact(again));
  if (provider.guard_kind() == "guard_page") {
    EXPECT_DEATH(*const_cast<volatile std::byte*>(again.low - 1) = std::byte{1}, "");
  }
  if (!S::claims.canaries) return;
  S canaries(stack_options{.stride = 16 << 10, .most = 8, .refuse_guards = true});
  canaries.release(canaries.acquire());
  canaries.trim();
  ASSERT_TRUE(canaries.intact(canaries.acquire()));
}

// Small stacks that share pages: trim must not empty what a neighbour still uses.
template <class S>
void st9_trim_between_neighbours() {
  S provider(stack_options{.stride = S::claims.least_stride, .most = 64});
  std::vector<stack_block> blocks;
  while (stack_block b = provider.acquire()) {
    std::memset(b.low, 7, b.size);
    blocks.push_back(b);
  }
  for (std::size_t i = 0; i != blocks.size(); ++i) {
    if (i % 5 != 0) provider.release(blocks[i]);
  }
  provider.trim();
  for (std::size_t i = 0; i < blocks.size(); i += 5) {
    ASSERT_EQ(std::count(blocks[i].low, blocks[i].top(), std::byte{7}), static_cast<std::ptrdiff_t>(blocks[i].size)) << "stack " << i;
    ASSERT_TRUE(provider.intact(blocks[i]));
  }
}

// As many as the kernel lets there be: then an empty block, and no harm done.
template <class S>
void st8_kernel_limit() {
  if (S::claims.few_maps) GTEST_SKIP() << "claims that mappings are few";
  std::vector<stack_block> out;
  {
    S provider(stack_options{.stride = 16 << 10, .most = 40000});
    while (stack_block b = provider.acquire()) out.push_back(b);
    ASSERT_GT(out.size(), 1000u);
    ASSERT_LT(out.size(), 40000u) << "vm.max_map_count is far above its default here";
    ASSERT_EQ(provider.counters().in_use, out.size());
    const stack_block last = out.back();
    last.low[0] = std::byte{1};
    ASSERT_EQ(provider.guarded_by(last.low - 1).low, last.low);
    ASSERT_TRUE(provider.release(last));
    ASSERT_EQ(provider.acquire().low, last.low);
  }
  ASSERT_FALSE(is_mapped(out.front().low));
}

template <class S>
void few_maps() {
  if (!S::claims.few_maps) GTEST_SKIP() << "not claimed";
  const std::size_t before = mappings();
  S provider(stack_options{.stride = 64 << 10, .most = 100000});
  std::size_t made = 0;
  while (stack_block b = provider.acquire()) {
    b.top()[-1] = std::byte{1};
    ++made;
  }
  ASSERT_EQ(made, 100000u);
  ASSERT_LE(mappings(), before + 40);
}

template <class S>
void add(const char* name) {
  static_assert(contract::stack<S>);
  static const conformance::suite s("stack", name, "fiber");
  s.test("ST1_disjoint_and_usable", st1_blocks_are_disjoint_and_usable<S>);
  s.test("ST2_bounds_and_colours", st2_bounds<S>);
  s.test("ST2_least_stride", st2_least_stride<S>);
  s.test("ST3_guard_faults", st3_guard_faults<S>);
  s.test("ST4_canary_tells", st4_canary_tells<S>);
  s.test("ST5_any_thread", st5_any_thread<S>);
  s.test("ST6_unmapped_at_the_end", st6_unmapped_at_the_end<S>);
  s.test("ST7_counters", st7_counters<S>);
  s.test("ST8_sizes_are_values", st8_sizes_are_values<S>);
  s.test("ST8_kernel_limit", st8_kernel_limit<S>);
  s.test("ST9_trim", st9_trim<S>);
  s.test("ST9_trim_between_neighbours", st9_trim_between_neighbours<S>);
  s.test("few_maps_100000_stacks", few_maps<S>);
}

}  // namespace stealyard::fiber::stack_suite
