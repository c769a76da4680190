// stack: where the memory of stacks comes from. The slow path: the scheduler keeps per-worker lists of stacks above it.
// Native by nature: no World.
//
//   class name {
//    public:
//     static constexpr stack_claims claims{...};
//     static stack_error check(const stack_options&) noexcept;      what is wrong with them, before anything is mapped
//     explicit name(const stack_options& = {});                     never throws for a bad size: ask error()
//     stack_error error() const noexcept;                           none, or why acquire() will only give empty blocks
//     stack_block acquire() noexcept;                               any thread; empty if `most` are out or memory is refused
//     bool release(stack_block) noexcept;                           any thread; false: something had overflowed it
//     bool intact(const stack_block&) const noexcept;               on demand, by whoever holds the block
//     stack_block guarded_by(const void* address) const noexcept;   async-signal-safe: whose guard is this?
//     std::size_t trim() noexcept;                                  gives the memory of idle stacks back; their bytes
//     stack_counters counters() const noexcept;
//     std::string_view guard_kind() const noexcept;                 "guard_page", "canary"; for the record
//     std::string_view guard_reason() const noexcept;               why it is not the best one; empty if it is
//   };
//
// Axioms
//   ST1  A block is held by nobody else from acquire to release, and all of [low, low + size) can be read and written.
//   ST2  low is 64-aligned, page-aligned with claims.guard_pages; low + size is 64-aligned; stride - guard - 4096 <= size < stride.
//   ST3  guard_kind() is guard_page: a store to the page below low faults, and guarded_by names the block.
//   ST4  guard_kind() is canary (claims.canaries; always so with refuse_guards): after a store to the 64 bytes below low, intact and
//        release say false. guarded_by names nobody.
//   ST5  acquire and release may be called by any thread at any time, the releasing thread need not be the acquiring one.
//   ST6  Destruction unmaps everything, whether or not blocks are out.
//   ST7  counters: in_use is what is out; in_use <= mapped <= most; mapped never shrinks.
//   ST8  A size that cannot work is a value: check says which, the object made from it maps nothing and gives empty blocks. Where the
//        kernel runs out of mappings or memory before `most` are out, acquire gives empty blocks too.
//   ST9  trim keeps guards, touches no block that is out, and an idle stack works as before when acquired again.
#pragma once
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace stealyard {

struct stack_block {
  std::byte* low = nullptr;  // the lowest usable byte, just above the guard
  std::size_t size = 0;

  explicit operator bool() const noexcept { return low != nullptr; }
  std::byte* top() const noexcept { return low + size; }
};

struct stack_options {
  std::size_t stride = std::size_t{64} << 10;  // bytes of address space a stack, guard included; see claims for what is accepted
  std::size_t most = std::size_t{1} << 20;  // stacks that may exist at once; only address space is reserved for them
  bool colour = true;  // shift tops so that they do not all fall into the same cache sets
  bool refuse_guards = false;  // behave as a kernel without guard regions would: tests, and old machines
};

enum class stack_error : unsigned char { none, stride_not_steps, stride_too_small, stride_too_large, no_stacks, too_many, refused };

constexpr std::string_view to_string(stack_error e) noexcept {
  constexpr std::string_view names[] = {
      "none",
      "the stack size is not a multiple of what this kind of stack is made in",
      "the stack size is below the least of this kind of stack",
      "the stack size is above 1 GiB",
      "the number of stacks is 0",
      "the stacks together are above 64 TiB of address space",
      "the kernel refused the address space",
  };
  return names[static_cast<unsigned>(e)];
}

struct stack_counters {
  std::size_t mapped = 0;  // stacks whose memory was set up
  std::size_t in_use = 0;  // of these, handed out
  std::size_t most = 0;  // as asked for, or fewer where the address space is limited
};

struct stack_claims {
  bool guard_pages = false;  // an overflow faults at once, where the kernel allows it
  bool canaries = false;  // an overflow is found late, at release or on demand
  bool few_maps = false;  // the number of kernel mappings does not grow with the number of stacks
  std::size_t least_stride = std::size_t{16} << 10;
  std::size_t stride_step = 4096;  // accepted strides are multiples; raised to the page size with guard_pages
};

inline constexpr std::size_t most_stack_stride = std::size_t{1} << 30;

// What every check() asks. `page` is the page size.
constexpr stack_error check_stack_options(const stack_options& o, const stack_claims& claims, std::size_t page) noexcept {
  if (o.stride % (claims.guard_pages && page > claims.stride_step ? page : claims.stride_step) != 0) return stack_error::stride_not_steps;
  if (o.stride < claims.least_stride) return stack_error::stride_too_small;
  if (o.stride > most_stack_stride) return stack_error::stride_too_large;
  if (o.most == 0) return stack_error::no_stacks;
  if (o.most > (std::size_t{64} << 40) / o.stride) return stack_error::too_many;
  return stack_error::none;
}

namespace contract {
template <class S>
concept stack = std::same_as<std::remove_cvref_t<decltype(S::claims)>, stack_claims> && std::constructible_from<S, const stack_options&> &&
                requires(S& s, const S& seen, const stack_options& options, stack_block block, const void* address) {
                  { S::check(options) } noexcept -> std::same_as<stack_error>;
                  { seen.error() } noexcept -> std::same_as<stack_error>;
                  { s.acquire() } noexcept -> std::same_as<stack_block>;
                  { s.release(block) } noexcept -> std::same_as<bool>;
                  { seen.intact(block) } noexcept -> std::same_as<bool>;
                  { seen.guarded_by(address) } noexcept -> std::same_as<stack_block>;
                  { s.trim() } noexcept -> std::same_as<std::size_t>;
                  { seen.counters() } noexcept -> std::same_as<stack_counters>;
                  { seen.guard_kind() } noexcept -> std::same_as<std::string_view>;
                  { seen.guard_reason() } noexcept -> std::same_as<std::string_view>;
                };
}  // namespace contract

}  // namespace stealyard
