// slab_guard: one reserved range of addresses, made usable slab by slab, a guard region under every stack.
// Source:     ours; guard regions are Linux 6.13's MADV_GUARD_INSTALL, which splits no mapping (mprotect stops at 32,745 stacks).
// Progress:   blocking; the slow path under the scheduler's own lists. About 1 us for a stack never used before.
// Deviates:   where the kernel has no guard regions, canaries (ST4) instead of faults (ST3), and says so.
// Invariants: the slab's (variants/shared/stack_slab.hpp), where a stride is a guard page, then the block; and guarded_ never changes,
//             so that guarded_by takes no lock.
// Coupling:   trim relies on MADV_DONTNEED keeping guard regions.
#pragma once
#include "core/contract/stack.hpp"
#include "variants/shared/stack_slab.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace stealyard::stack {

class slab_guard {
 public:
  static constexpr stack_claims claims{.guard_pages = true, .canaries = true, .few_maps = true};

  static stack_error check(const stack_options& o) noexcept { return check_stack_options(o, claims, shared::stack_slab::page_size()); }

  explicit slab_guard(const stack_options& o = {}) noexcept
      : options_(o), page_(shared::stack_slab::page_size()), error_(check(o)), slab_(o, error_, PROT_NONE) {
    if (error_ != stack_error::none) return;
    if (slab_.base() == nullptr) {
      error_ = stack_error::refused;
    } else {
      probe_guards();
    }
  }

  stack_error error() const noexcept { return error_; }

  stack_block acquire() noexcept {
    const auto index = slab_.take(128, [this](std::size_t first, std::size_t count) { return set_up(first, count); });
    return index ? block(*index) : stack_block{};
  }

  // A stack that was overflowed is used again: its own memory is sound; what lay below is its neighbour's unused guard.
  bool release(stack_block given) noexcept {
    const bool sound = intact(given);
    const std::size_t index = slab_.index_of(given.low);
    if (!sound) plant_canary(index);
    slab_.give_back(index);
    return sound;
  }

  bool intact(const stack_block& held) const noexcept {
    if (guarded_) return true;  // or it would not have come this far
    const std::byte* canary = held.low - canary_bytes;
    return std::all_of(canary, canary + canary_bytes, [](std::byte b) { return b == canary_byte; });
  }

  stack_block guarded_by(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    if (!guarded_ || !slab_.holds(at)) return {};
    const std::size_t index = slab_.index_of(at);
    return static_cast<std::size_t>(at - slab_.start(index)) < page_ ? block(index) : stack_block{};
  }

  // Bytes of address space whose memory was given back. Where canaries stand between neighbours, one stack a call.
  std::size_t trim() noexcept {
    return slab_.trim(guarded_ ? options_.most : 1, [this](std::size_t first, std::size_t count) {
      const std::size_t length = count * options_.stride - page_;
      return madvise(slab_.start(first) + page_, length, MADV_DONTNEED) == 0 ? length : std::size_t{0};
    });
  }

  stack_counters counters() const noexcept { return slab_.counters(); }
  std::string_view guard_kind() const noexcept { return guarded_ ? "guard_page" : "canary"; }
  std::string_view guard_reason() const noexcept { return reason_; }

 private:
  static constexpr int guard_install = 102;  // MADV_GUARD_INSTALL: newer than Debian bookworm's headers
  static constexpr std::size_t canary_bytes = 64;
  static constexpr std::byte canary_byte{0xc5};

  stack_block block(std::size_t index) const noexcept {
    const std::size_t shift = options_.colour ? shared::stack_slab::colour(index) : 0;
    return {slab_.start(index) + page_, options_.stride - page_ - shift};
  }

  void plant_canary(std::size_t index) noexcept {
    std::memset(slab_.start(index) + page_ - canary_bytes, static_cast<int>(canary_byte), canary_bytes);
  }

  void probe_guards() noexcept {
    if (options_.refuse_guards) {
      reason_ = "guard regions were switched off";
    } else if (mprotect(slab_.base(), page_, PROT_READ | PROT_WRITE) != 0 || madvise(slab_.base(), page_, guard_install) != 0) {
      reason_ = "the kernel has no guard regions (Linux 6.13 or later): MADV_GUARD_INSTALL failed";
    } else {
      guarded_ = true;
    }
  }

  std::size_t set_up(std::size_t first, std::size_t count) noexcept {
    if (mprotect(slab_.start(first), count * options_.stride, PROT_READ | PROT_WRITE) != 0) return 0;
    for (std::size_t i = 0; i != count; ++i) {
      if (!guarded_) {
        plant_canary(first + i);
      } else if (madvise(slab_.start(first + i), page_, guard_install) != 0) {
        return i;
      }
    }
    return count;
  }

  const stack_options options_;
  const std::size_t page_;
  stack_error error_;
  bool guarded_ = false;
  std::string_view reason_ = "";
  shared::stack_slab slab_;
};
static_assert(contract::stack<slab_guard>);

}  // namespace stealyard::stack
