// slab_canary: stacks packed side by side in one reserved range, a canary under each instead of a guard page.
// Source:     ours; canaries after StackGuard (Cowan et al., USENIX Security 1998), here for the whole stack, not a frame.
// Progress:   blocking; the slow path under the scheduler's own lists. Nothing is touched for a stack never used before.
// Deviates:   strides from 2 KiB on, in steps of 64 bytes: small stacks share a page, which no guard page allows. Overflow is found late
//             (ST4), by whoever asks; what it overwrote meanwhile is its neighbour's.
// Invariants: the slab's (variants/shared/stack_slab.hpp), where a stride is the canary, then the block.
//             The canary is 64 zero bytes: what memory holds that nobody has touched. So planting one costs no page, and a trimmed
//             stack has its own back; an overflow that writes nothing but zeros there stays unseen.
// Coupling:   trim empties whole pages that belong to idle stacks only.
#pragma once
#include "core/contract/stack.hpp"
#include "variants/shared/stack_slab.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace stealyard::stack {

class slab_canary {
 public:
  static constexpr stack_claims claims{
      .guard_pages = false, .canaries = true, .few_maps = true, .least_stride = std::size_t{2} << 10, .stride_step = 64};

  static stack_error check(const stack_options& o) noexcept { return check_stack_options(o, claims, shared::stack_slab::page_size()); }

  explicit slab_canary(const stack_options& o = {}) noexcept : options_(o), error_(check(o)), slab_(o, error_, PROT_READ | PROT_WRITE) {
    if (error_ == stack_error::none && slab_.base() == nullptr) error_ = stack_error::refused;
  }

  stack_error error() const noexcept { return error_; }

  stack_block acquire() noexcept {
    const auto index = slab_.take(1024, [](std::size_t, std::size_t count) { return count; });
    return index ? block(*index) : stack_block{};
  }

  bool release(stack_block given) noexcept {
    const bool sound = intact(given);
    if (!sound) std::memset(given.low - canary_bytes, 0, canary_bytes);
    slab_.give_back(slab_.index_of(given.low));
    return sound;
  }

  bool intact(const stack_block& held) const noexcept {
    const std::byte* canary = held.low - canary_bytes;
    return std::all_of(canary, canary + canary_bytes, [](std::byte b) { return b == std::byte{0}; });
  }

  stack_block guarded_by(const void*) const noexcept { return {}; }

  // Runs of neighbouring idle stacks, their whole pages at once. Bytes of address space whose memory was given back.
  std::size_t trim() noexcept {
    const std::size_t page = shared::stack_slab::page_size();
    return slab_.trim(options_.most, [&](std::size_t first, std::size_t count) {
      const std::size_t begin = (first * options_.stride + page - 1) / page * page;
      const std::size_t end = (first + count) * options_.stride / page * page;
      return begin < end && madvise(slab_.base() + begin, end - begin, MADV_DONTNEED) == 0 ? end - begin : std::size_t{0};
    });
  }

  stack_counters counters() const noexcept { return slab_.counters(); }
  std::string_view guard_kind() const noexcept { return "canary"; }
  std::string_view guard_reason() const noexcept { return "this stack has no guard pages, so that small stacks share a page"; }

 private:
  static constexpr std::size_t canary_bytes = 64;
  static constexpr std::size_t least_coloured = std::size_t{16} << 10;  // below, 2 KiB of colours would be too dear

  stack_block block(std::size_t index) const noexcept {
    const bool coloured = options_.colour && options_.stride >= least_coloured;
    const std::size_t shift = coloured ? shared::stack_slab::colour(index) : 0;
    return {slab_.start(index) + canary_bytes, options_.stride - canary_bytes - shift};
  }

  const stack_options options_;
  stack_error error_;
  shared::stack_slab slab_;
};
static_assert(contract::stack<slab_canary>);

}  // namespace stealyard::stack
