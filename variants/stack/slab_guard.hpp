// slab_guard: one reserved range of addresses, made usable slab by slab, a guard region under every stack.
// Source:     ours; guard regions are Linux 6.13's MADV_GUARD_INSTALL, which splits no mapping (mprotect stops at 32,745 stacks).
// Progress:   blocking; the slow path under the scheduler's own lists. About 1 us for a stack never used before.
// Deviates:   where the kernel has no guard regions, canaries (ST4) instead of faults (ST3), and says so.
// Invariants: I1 stack i is [base + i * stride, + stride): a guard page, then the block; find by address is a division.
//             I2 stacks below made_ are mapped, guarded, and either out or in idle_; those above were never touched.
//             I3 everything but base_, count and the guard kind, which never change, is touched under mutex_ only;
//             guarded_by reads nothing else, so a signal handler may call it.
// Coupling:   trim relies on MADV_DONTNEED keeping guard regions, and on idle_ lying outside the stacks it empties.
#pragma once
#include "core/contract/stack.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace stealyard::stack {

class slab_guard {
 public:
  static constexpr stack_claims claims{.guard_pages = true, .canaries = true, .few_maps = true};

  static stack_error check(const stack_options& o) noexcept { return check_stack_options(o, claims, page_size()); }

  explicit slab_guard(const stack_options& options = {}) noexcept : options_(options), page_(page_size()), error_(check(options)) {
    if (error_ == stack_error::none) reserve();
  }
  slab_guard(const slab_guard&) = delete;
  slab_guard& operator=(const slab_guard&) = delete;
  ~slab_guard() {
    if (base_ != nullptr) munmap(base_, bytes());
  }

  stack_error error() const noexcept { return error_; }

  stack_block acquire() noexcept {
    std::lock_guard lock(mutex_);
    if (idle_.empty() && !make_slab()) return {};
    const std::size_t index = idle_.back();
    idle_.pop_back();
    ++in_use_;
    return block(index);
  }

  // idle_ has room for every stack made (make_slab), so this cannot fail. A stack that was overflowed is used again: its own memory is
  // sound; what lay below is its neighbour's unused guard.
  bool release(stack_block given) noexcept {
    const bool sound = intact(given);
    std::lock_guard lock(mutex_);
    const std::size_t index = index_of(given.low);
    if (!sound) plant_canary(index);
    idle_.push_back(static_cast<std::uint32_t>(index));
    --in_use_;
    return sound;
  }

  bool intact(const stack_block& held) const noexcept {
    if (guarded_) return true;  // or it would not have come this far
    const std::byte* canary = held.low - canary_bytes;
    return std::all_of(canary, canary + canary_bytes, [](std::byte b) { return b == canary_byte; });
  }

  stack_block guarded_by(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    if (!guarded_ || at < base_ || at >= base_ + bytes()) return {};
    const auto offset = static_cast<std::size_t>(at - base_);
    return offset % options_.stride < page_ ? block(offset / options_.stride) : stack_block{};
  }

  // Bytes of address space whose memory was given back.
  std::size_t trim() noexcept {
    std::lock_guard lock(mutex_);
    std::sort(idle_.begin(), idle_.end(), std::greater<>());  // the lowest is the next out
    std::size_t total = 0;
    for (std::size_t end = idle_.size(); end != 0;) {
      std::size_t begin = end - 1;  // a run of neighbours, where no canary stands between them: one call
      while (guarded_ && begin != 0 && idle_[begin - 1] == idle_[begin] + 1) --begin;
      const std::size_t length = (end - begin) * options_.stride - page_;
      if (madvise(start(idle_[end - 1]) + page_, length, MADV_DONTNEED) == 0) total += length;
      end = begin;
    }
    return total;
  }

  stack_counters counters() const noexcept {
    std::lock_guard lock(mutex_);
    return {.mapped = made_, .in_use = in_use_, .most = options_.most};
  }
  std::string_view guard_kind() const noexcept { return guarded_ ? "guard_page" : "canary"; }
  std::string_view guard_reason() const noexcept { return reason_; }

 private:
  static constexpr int guard_install = 102;  // MADV_GUARD_INSTALL: newer than Debian bookworm's headers
  static constexpr std::size_t canary_bytes = 64;
  static constexpr std::byte canary_byte{0xc5};
  static constexpr std::size_t colours = 16;
  static constexpr std::size_t colour_step = 128;  // a pair of lines, as the prefetcher sees them

  static std::size_t page_size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
  std::size_t bytes() const noexcept { return options_.most * options_.stride; }
  std::byte* start(std::size_t index) const noexcept { return base_ + index * options_.stride; }
  std::size_t index_of(const std::byte* low) const noexcept { return static_cast<std::size_t>(low - base_) / options_.stride; }

  // Neighbours differ by five colours, so that stacks handed out together do not lie line beside line either.
  stack_block block(std::size_t index) const noexcept {
    const std::size_t shift = options_.colour ? index * 5 % colours * colour_step : 0;
    return {start(index) + page_, options_.stride - page_ - shift};
  }

  void plant_canary(std::size_t index) noexcept {
    std::memset(start(index) + page_ - canary_bytes, static_cast<int>(canary_byte), canary_bytes);
  }

  // Address space only: no page is charged until a slab is made. Where a limit is lower than what was asked, half of it, and so on.
  void reserve() noexcept {
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* got = mmap(nullptr, bytes(), PROT_NONE, flags, -1, 0);
    while (got == MAP_FAILED && options_.most > 64) {
      options_.most /= 2;
      got = mmap(nullptr, bytes(), PROT_NONE, flags, -1, 0);
    }
    if (got == MAP_FAILED) {
      error_ = stack_error::refused;
      return;
    }
    base_ = static_cast<std::byte*>(got);
    madvise(base_, bytes(), MADV_NOHUGEPAGE);  // else the first touch of one stack may fill 2 MiB
    probe_guards();
  }

  void probe_guards() noexcept {
    if (options_.refuse_guards) {
      reason_ = "guard regions were switched off";
    } else if (mprotect(base_, page_, PROT_READ | PROT_WRITE) != 0 || madvise(base_, page_, guard_install) != 0) {
      reason_ = "the kernel has no guard regions (Linux 6.13 or later): MADV_GUARD_INSTALL failed";
    } else {
      guarded_ = true;
    }
  }

  // Doubles up to 128 stacks at a time: a small program touches little, a large one calls rarely and never waits for long.
  bool make_slab() noexcept {
    const std::size_t count = std::min({options_.most - made_, std::max<std::size_t>(made_, 8), std::size_t{128}});
    if (error_ != stack_error::none || count == 0) return false;
    try {
      if (idle_.capacity() < made_ + count) idle_.reserve(std::max(made_ + count, 2 * idle_.capacity()));
    } catch (const std::bad_alloc&) {
      return false;
    }
    if (mprotect(start(made_), count * options_.stride, PROT_READ | PROT_WRITE) != 0) return false;
    for (std::size_t i = 0; i != count; ++i) {
      if (!guarded_) {
        plant_canary(made_ + i);
      } else if (madvise(start(made_ + i), page_, guard_install) != 0) {
        return use_part_of_slab(i);
      }
    }
    return use_part_of_slab(count);
  }

  bool use_part_of_slab(std::size_t count) noexcept {
    for (std::size_t i = count; i-- != 0;) idle_.push_back(static_cast<std::uint32_t>(made_ + i));  // lowest first out
    made_ += count;
    return count != 0;
  }

  stack_options options_;
  std::size_t page_;
  stack_error error_;
  std::byte* base_ = nullptr;
  bool guarded_ = false;
  std::string_view reason_ = "";
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> idle_;
  std::size_t made_ = 0;
  std::size_t in_use_ = 0;
};
static_assert(contract::stack<slab_guard>);

}  // namespace stealyard::stack
