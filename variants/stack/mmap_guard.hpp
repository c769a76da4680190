// mmap_guard: a mapping of its own for each stack, its lowest page forbidden: the textbook way.
// Source:     glibc's allocate_stack for threads; most fiber libraries.
// Progress:   blocking; the slow path under the scheduler's own lists. Two system calls for a stack never used before.
// Deviates:   nothing. Two kernel mappings a stack: at the usual vm.max_map_count of 65,530 no more than about 32,700 stacks; from there on
//             acquire gives empty blocks.
// Invariants: I1 bases_[0 .. made_) are where the mappings begin, a guard page and then the block. An entry is written before made_ counts
//             it, and stays. I2 each of them is either out or in idle_. I3 all else is touched under mutex_ only.
//             guarded_by reads no more than I1 lets it: a signal handler may call it.
// Orders
//   M1  store made_ seq_cst  with M2   publishes the entry (release would do; here that is the name of a method)
//   M2  load  made_ seq_cst  with M1   the entries below it are there. No instrument runs signal handlers under a weak memory
//   M3  load  made_ relaxed  -         under mutex_
#pragma once
#include "core/contract/stack.hpp"
#include "core/world/native.hpp"

#include <cstdint>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace stealyard::stack {

class mmap_guard {
 public:
  static constexpr stack_claims claims{.guard_pages = true, .canaries = false, .few_maps = false};

  static stack_error check(const stack_options& o) noexcept { return check_stack_options(o, claims, page_size()); }

  explicit mmap_guard(const stack_options& o = {}) noexcept : options_(o), page_(page_size()), error_(check(o)) {
    if (error_ == stack_error::none) reserve_table();
  }
  mmap_guard(const mmap_guard&) = delete;
  mmap_guard& operator=(const mmap_guard&) = delete;
  ~mmap_guard() {
    if (bases_ == nullptr) return;
    for (std::size_t i = made(); i-- != 0;) munmap(bases_[i], options_.stride);
    munmap(bases_, table_bytes());
  }

  stack_error error() const noexcept { return error_; }

  stack_block acquire() noexcept {
    std::lock_guard lock(mutex_);
    if (idle_.empty() && !make_stack()) return {};
    std::byte* base = idle_.back();
    idle_.pop_back();
    ++in_use_;
    return block(base);
  }

  // idle_ has room for every stack made (make_stack), so this cannot fail.
  bool release(stack_block given) noexcept {
    std::lock_guard lock(mutex_);
    idle_.push_back(given.low - page_);
    --in_use_;
    return true;
  }

  bool intact(const stack_block&) const noexcept { return true; }  // or it would not have come this far

  // O(stacks): only a program that dies asks.
  stack_block guarded_by(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    const std::size_t known = made_.load(seq_cst);  // M2
    for (std::size_t i = 0; i != known; ++i) {
      if (at >= bases_[i] && at < bases_[i] + page_) return block(bases_[i]);
    }
    return {};
  }

  // Bytes of address space whose memory was given back.
  std::size_t trim() noexcept {
    std::lock_guard lock(mutex_);
    std::size_t total = 0;
    for (std::byte* base : idle_) {
      if (madvise(base + page_, options_.stride - page_, MADV_DONTNEED) == 0) total += options_.stride - page_;
    }
    return total;
  }

  stack_counters counters() const noexcept {
    std::lock_guard lock(mutex_);
    return {.mapped = made(), .in_use = in_use_, .most = options_.most};
  }
  std::string_view guard_kind() const noexcept { return "guard_page"; }
  std::string_view guard_reason() const noexcept { return ""; }

 private:
  static constexpr std::size_t colours = 16;
  static constexpr std::size_t colour_step = 128;  // a pair of lines, as the prefetcher sees them

  static std::size_t page_size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
  std::size_t table_bytes() const noexcept { return options_.most * sizeof(std::byte*); }
  std::size_t made() const noexcept {
    return made_.load(relaxed);  // M3
  }

  // The kernel puts mappings side by side, so that neighbours differ by five colours.
  stack_block block(std::byte* base) const noexcept {
    const std::size_t shift = options_.colour ? reinterpret_cast<std::uintptr_t>(base) / options_.stride * 5 % colours * colour_step : 0;
    return {base + page_, options_.stride - page_ - shift};
  }

  // Address space for a pointer a stack; touched as stacks are made.
  void reserve_table() noexcept {
    void* got = mmap(nullptr, table_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) {
      error_ = stack_error::refused;
    } else {
      bases_ = static_cast<std::byte**>(got);
    }
  }

  bool make_stack() noexcept {
    const std::size_t count = made();
    if (error_ != stack_error::none || count == options_.most) return false;
    try {
      if (idle_.capacity() == count) idle_.reserve(2 * count + 8);
    } catch (const std::bad_alloc&) {
      return false;
    }
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void* got = mmap(nullptr, options_.stride, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got == MAP_FAILED) return false;
    auto* base = static_cast<std::byte*>(got);
    if (mprotect(base, page_, PROT_NONE) != 0) {
      munmap(base, options_.stride);
      return false;
    }
    madvise(base, options_.stride, MADV_NOHUGEPAGE);  // else the first touch may fill 2 MiB
    bases_[count] = base;
    made_.store(count + 1, seq_cst);  // M1
    idle_.push_back(base);
    return true;
  }

  stack_options options_;
  std::size_t page_;
  stack_error error_;
  std::byte** bases_ = nullptr;
  atomic<native, std::size_t> made_{0};
  mutable std::mutex mutex_;
  std::vector<std::byte*> idle_;
  std::size_t in_use_ = 0;
};
static_assert(contract::stack<mmap_guard>);

}  // namespace stealyard::stack
