// stack_slab: one reserved range of addresses, cut into strides that are set up slab by slab and reused: what packed stacks have in common.
// Source:     ours.
// Progress:   blocking: every operation holds one lock, for nanoseconds but where a slab is set up (take) or memory given back (trim).
// Deviates:   a part of stacks, no stack: what guards a stride, and where the block begins in it, are theirs.
// Invariants: I1 stride i is [base + i * stride, + stride): find by address is a division. I2 strides below made_ are set up, and either
//             out or in idle_; those above were never touched. I3 idle_ has room for every stride made, so that giving back cannot
//             fail. I4 everything but base_ and most_, which never change, is touched under mutex_ only; so a signal handler may ask
//             where an address lies.
// Orders
//   none: native by nature; a mutex guards what changes
#pragma once
#include "core/contract/stack.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace stealyard::shared {

class stack_slab {
 public:
  // Address space only: no page is charged until it is touched. Where a limit is lower than what was asked, half of it, and so on;
  // base() is null if even a few were refused, or `o` is not sound.
  stack_slab(const stack_options& o, stack_error sound, int protection) noexcept : stride_(o.stride), most_(o.most) {
    if (sound != stack_error::none) return;
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* got = mmap(nullptr, bytes(), protection, flags, -1, 0);
    while (got == MAP_FAILED && most_ > 64) {
      most_ /= 2;
      got = mmap(nullptr, bytes(), protection, flags, -1, 0);
    }
    if (got == MAP_FAILED) return;
    base_ = static_cast<std::byte*>(got);
    madvise(base_, bytes(), MADV_NOHUGEPAGE);  // else the first touch of one stack may fill 2 MiB
  }
  stack_slab(const stack_slab&) = delete;
  stack_slab& operator=(const stack_slab&) = delete;
  ~stack_slab() {
    if (base_ != nullptr) munmap(base_, bytes());
  }

  static std::size_t page_size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

  std::byte* base() const noexcept { return base_; }
  std::byte* start(std::size_t index) const noexcept { return base_ + index * stride_; }
  bool holds(const std::byte* at) const noexcept { return base_ != nullptr && at >= base_ && at < base_ + bytes(); }
  std::size_t index_of(const std::byte* at) const noexcept { return static_cast<std::size_t>(at - base_) / stride_; }

  // Neighbours differ by five colours, so that stacks handed out together do not lie line beside line either. Bytes.
  static std::size_t colour(std::size_t index) noexcept {
    constexpr std::size_t colours = 16;
    constexpr std::size_t step = 128;  // a pair of lines, as the prefetcher sees them
    return index * 5 % colours * step;
  }

  // A stride. None was idle: sets up as many as there are, at least 8 and at most `slab`: a small program touches little, a large one
  // calls rarely and never waits for long. `set_up(first, count)` says how many of these it could; with none, or no room, nothing.
  template <class SetUp>
  std::optional<std::size_t> take(std::size_t slab, SetUp set_up) noexcept {
    std::lock_guard lock(mutex_);
    if (idle_.empty() && !make(slab, set_up)) return std::nullopt;
    const std::size_t index = idle_.back();
    idle_.pop_back();
    ++in_use_;
    return index;
  }

  void give_back(std::size_t index) noexcept {
    std::lock_guard lock(mutex_);
    idle_.push_back(static_cast<std::uint32_t>(index));
    --in_use_;
  }

  // `empty(first, count)` for each run of idle neighbours, at most `longest` at a time, under the lock; the sum of what it returns.
  template <class Empty>
  std::size_t trim(std::size_t longest, Empty empty) noexcept {
    std::lock_guard lock(mutex_);
    std::sort(idle_.begin(), idle_.end(), std::greater<>());  // the lowest is the next out
    std::size_t total = 0;
    for (std::size_t end = idle_.size(); end != 0;) {
      std::size_t begin = end - 1;
      while (begin != 0 && end - begin < longest && idle_[begin - 1] == idle_[begin] + 1) --begin;
      total += empty(std::size_t{idle_[end - 1]}, end - begin);
      end = begin;
    }
    return total;
  }

  stack_counters counters() const noexcept {
    std::lock_guard lock(mutex_);
    return {.mapped = made_, .in_use = in_use_, .most = most_};
  }

 private:
  std::size_t bytes() const noexcept { return most_ * stride_; }

  template <class SetUp>
  bool make(std::size_t slab, SetUp set_up) noexcept {
    const std::size_t wanted = std::min({most_ - made_, std::max<std::size_t>(made_, 8), slab});
    if (base_ == nullptr || wanted == 0) return false;
    try {
      if (idle_.capacity() < made_ + wanted) idle_.reserve(std::max(made_ + wanted, 2 * idle_.capacity()));
    } catch (const std::bad_alloc&) {
      return false;
    }
    const std::size_t count = set_up(made_, wanted);
    for (std::size_t i = count; i-- != 0;) idle_.push_back(static_cast<std::uint32_t>(made_ + i));  // lowest first out
    made_ += count;
    return count != 0;
  }

  const std::size_t stride_;
  std::size_t most_;
  std::byte* base_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> idle_;
  std::size_t made_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace stealyard::shared
