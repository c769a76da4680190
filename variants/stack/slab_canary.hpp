// slab_canary: stacks packed side by side in one reserved range, a canary under each instead of a guard page.
// Source:     ours; canaries after StackGuard (Cowan et al., USENIX Security 1998), here for the whole stack, not a frame.
// Progress:   blocking; the slow path under the scheduler's own lists. Nothing is touched for a stack never used before.
// Deviates:   strides from 2 KiB on, in steps of 64 bytes: small stacks share a page, which no guard page allows. Overflow is found late
//             (ST4), by whoever asks; what it overwrote meanwhile is its neighbour's.
// Invariants: I1 stack i is [base + i * stride, + stride): the canary, then the block; find by address is a division.
//             I2 the canary is 64 zero bytes: what memory holds that nobody has touched. So planting one costs no page, and a trimmed
//             stack has its own back; an overflow that writes nothing but zeros there stays unseen.
//             I3 stacks below made_ are either out or in idle_. I4 everything but base_, which never changes, is touched under
//             mutex_ only.
// Coupling:   trim empties whole pages that belong to idle stacks only.
#pragma once
#include "core/contract/stack.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace stealyard::stack {

class slab_canary {
 public:
  static constexpr stack_claims claims{
      .guard_pages = false, .canaries = true, .few_maps = true, .least_stride = std::size_t{2} << 10, .stride_step = 64};

  static stack_error check(const stack_options& o) noexcept { return check_stack_options(o, claims, page_size()); }

  explicit slab_canary(const stack_options& o = {}) : options_(o), error_(check(o)) {
    if (error_ == stack_error::none) reserve();
  }
  slab_canary(const slab_canary&) = delete;
  slab_canary& operator=(const slab_canary&) = delete;
  ~slab_canary() {
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

  // idle_ has room for every stack made (make_slab), so this cannot fail.
  bool release(stack_block given) noexcept {
    const bool sound = intact(given);
    const auto index = static_cast<std::size_t>(given.low - base_) / options_.stride;
    std::lock_guard lock(mutex_);
    if (!sound) std::memset(given.low - canary_bytes, 0, canary_bytes);
    idle_.push_back(static_cast<std::uint32_t>(index));
    --in_use_;
    return sound;
  }

  bool intact(const stack_block& held) const noexcept {
    const std::byte* canary = held.low - canary_bytes;
    return std::all_of(canary, canary + canary_bytes, [](std::byte b) { return b == std::byte{0}; });
  }

  stack_block guarded_by(const void*) const noexcept { return {}; }

  // Runs of neighbouring idle stacks, their whole pages at once. Bytes of address space whose memory was given back.
  std::size_t trim() noexcept {
    std::lock_guard lock(mutex_);
    std::sort(idle_.begin(), idle_.end(), std::greater<>());  // the lowest is the next out
    const std::size_t page = page_size();
    std::size_t total = 0;
    for (std::size_t end = idle_.size(); end != 0;) {
      std::size_t begin = end - 1;
      while (begin != 0 && idle_[begin - 1] == idle_[begin] + 1) --begin;
      const std::size_t first = (idle_[end - 1] * options_.stride + page - 1) / page * page;
      const std::size_t last = (idle_[begin] + std::size_t{1}) * options_.stride / page * page;
      if (first < last && madvise(base_ + first, last - first, MADV_DONTNEED) == 0) total += last - first;
      end = begin;
    }
    return total;
  }

  stack_counters counters() const noexcept {
    std::lock_guard lock(mutex_);
    return {.mapped = made_, .in_use = in_use_, .most = options_.most};
  }
  std::string_view guard_kind() const noexcept { return "canary"; }
  std::string_view guard_reason() const noexcept { return "this stack has no guard pages, so that small stacks share a page"; }

 private:
  static constexpr std::size_t canary_bytes = 64;
  static constexpr std::size_t colours = 16;
  static constexpr std::size_t colour_step = 128;                             // a pair of lines, as the prefetcher sees them
  static constexpr std::size_t least_coloured = std::size_t{16} << 10;        // below, 2 KiB of colours would be too dear

  static std::size_t page_size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
  std::size_t bytes() const noexcept { return options_.most * options_.stride; }

  stack_block block(std::size_t index) const noexcept {
    const bool coloured = options_.colour && options_.stride >= least_coloured;
    const std::size_t shift = coloured ? index * 5 % colours * colour_step : 0;
    return {base_ + index * options_.stride + canary_bytes, options_.stride - canary_bytes - shift};
  }

  // Where a limit is lower than what was asked, half of it, and so on.
  void reserve() noexcept {
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* got = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, flags, -1, 0);
    while (got == MAP_FAILED && options_.most > 64) {
      options_.most /= 2;
      got = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, flags, -1, 0);
    }
    if (got == MAP_FAILED) {
      error_ = stack_error::refused;
      return;
    }
    base_ = static_cast<std::byte*>(got);
    madvise(base_, bytes(), MADV_NOHUGEPAGE);  // else the first touch of one stack may fill 2 MiB
  }

  // Doubles up to 1024 stacks at a time.
  bool make_slab() noexcept {
    const std::size_t count = std::min({options_.most - made_, std::max<std::size_t>(made_, 8), std::size_t{1024}});
    if (error_ != stack_error::none || count == 0) return false;
    try {
      if (idle_.capacity() < made_ + count) idle_.reserve(std::max(made_ + count, 2 * idle_.capacity()));
    } catch (const std::bad_alloc&) {
      return false;
    }
    for (std::size_t i = count; i-- != 0;) idle_.push_back(static_cast<std::uint32_t>(made_ + i));  // lowest first out
    made_ += count;
    return true;
  }

  stack_options options_;
  stack_error error_;
  std::byte* base_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> idle_;
  std::size_t made_ = 0;
  std::size_t in_use_ = 0;
};
static_assert(contract::stack<slab_canary>);

}  // namespace stealyard::stack
