// fiber: one stack, and what sanitizers must know of it; switch_fiber: the one way from stack to stack.
//
// A *context* is where a suspended computation goes on; a *fiber* is the stack it lies on. Several goroutines run on a stack one
// after another; at most one computation is suspended on it: a goroutine in the middle (its context is in the goroutine)
// or the idle loop at the base (its context is `base`, in the fiber). So one set of sanitizer fields a stack is enough.
//
//   fiber* f = create_fiber(block, entry)        the header takes the top of the block; the first switch to f->base calls entry
//   void* got = switch_fiber(g->at, mine, f->base, *f, arg)
//   leave_fiber(mine, to_context, to, arg)       as switch_fiber, from a stack nobody will come back to
//   fiber host; adopt_this_thread(host)          the thread's own stack
//   stack_block block = destroy_fiber(f)         by somebody who is not on it; release the block afterwards
//
// Plain builds: switch_fiber is the variant's jump, not an instruction more.
// AddressSanitizer: told of every departure and arrival; the arg waits in the destination fiber, since a dying stack's frames
// may already be gone. ThreadSanitizer: see tsan_switch_flags; in a tsan-go build the scheduler calls assume_identity
// around each goroutine it starts on a stack, and the fiber remembers who lies on it.
#pragma once
#include "core/contract/stack.hpp"
#include "core/fiber/chosen_switch.hpp"
#include "core/fiber/go_edges.hpp"
#include "core/fiber/sanitizers.hpp"
#include "core/fiber/this_thread.hpp"
#include "core/world/force_inline.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

namespace stealyard::fiber {

using context = chosen_switch::context;
using entry_function = void (*)(void* arg);

struct alignas(64) fiber {
  context base;               // the loop at the base, while that is what is suspended here
  std::byte* low = nullptr;   // the whole block, header included
  std::size_t size = 0;
  std::uint32_t holds = 0;    // of what runs here: > 0 while a signal must not make it yield
#if defined(STEALYARD_ASAN)
  void* fake_stack = nullptr;         // of the computation suspended here
  void* arriving_arg = nullptr;       // left by who switches here
  entry_function entry = nullptr;     // until the first arrival
#endif
#if defined(STEALYARD_TSAN)
  void* identity = nullptr;      // the TSan fiber of what runs, or is suspended, here
  void* own_identity = nullptr;  // created for this stack, and destroyed with it
  bool in_runtime = false;       // tsan-go: that one is in a runtime section for life
#endif
};

#if defined(STEALYARD_ASAN)
// Runs first on a fresh stack: AddressSanitizer must learn that it arrived before anything else happens.
__attribute__((no_sanitize("address"))) inline void first_arrival(void* to) {  // not noexcept: see base_loop
  auto* here = static_cast<fiber*>(to);
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
  here->entry(here->arriving_arg);
}
#endif

// (Re)starts the stack: the next switch to f.base calls entry. Nothing suspended on it may matter any more.
inline void restart_fiber(fiber& f, entry_function entry) noexcept {
#if defined(STEALYARD_ASAN)
  f.entry = entry;
  f.fake_stack = nullptr;
  __asan_unpoison_memory_region(f.low, static_cast<std::size_t>(reinterpret_cast<std::byte*>(&f) - f.low));
  entry = &first_arrival;
#endif
  chosen_switch::make(f.base, f.low, static_cast<std::size_t>(reinterpret_cast<std::byte*>(&f) - f.low), entry);
}

// block must not be empty; its top is 64-aligned (ST2).
inline fiber* create_fiber(stack_block block, entry_function entry) noexcept {
  auto* f = ::new (block.top() - sizeof(fiber)) fiber;
  f->low = block.low;
  f->size = block.size;
#if defined(STEALYARD_TSAN_GO)
  f->identity = f->own_identity = make_identity();
#elif defined(STEALYARD_TSAN)
  f->identity = f->own_identity = __tsan_create_fiber(0);
#endif
  restart_fiber(*f, entry);
  return f;
}

#if defined(STEALYARD_ASAN)
// What a discarded computation alone held is no leak, for nobody promised its destructors: LeakSanitizer is to forget whatever the
// words of its memory point to.
__attribute__((no_sanitize("address"))) inline void forget_held(std::span<const std::byte> memory) noexcept {
  const auto* word = reinterpret_cast<void* const*>(memory.data());
  for (std::size_t left = memory.size() / sizeof(void*); left != 0; --left, ++word) {
    if (*word != nullptr) __lsan_ignore_object(*word);
  }
}
#endif

inline stack_block destroy_fiber(fiber* f) noexcept {
  const stack_block block{f->low, f->size};
#if defined(STEALYARD_TSAN_GO)
  drop_identity(f->own_identity, f->in_runtime);
#elif defined(STEALYARD_TSAN)
  __tsan_destroy_fiber(f->own_identity);
#endif
  f->~fiber();
#if defined(STEALYARD_ASAN)
  // Frames of what was still suspended here are poisoned, and the memory will be somebody else's.
  __asan_unpoison_memory_region(block.low, block.size);
#endif
  return block;
}

// Makes `f` stand for the calling thread's own stack. To be called on that thread, before its first switch.
inline void adopt_this_thread(fiber& f) noexcept {
  const stack_block own = this_thread_stack();
  f.low = own.low;
  f.size = own.size;
#if defined(STEALYARD_TSAN)
  f.identity = f.own_identity = __tsan_get_current_fiber();
#endif
}

#if defined(STEALYARD_TSAN)
// Runtime bookkeeping, inlined into the user's instrumented code: it must not be taken for an access that Go orders.
STEALYARD_FORCE_INLINE inline void* identity_of(const fiber& f) noexcept {
#if defined(STEALYARD_TSAN_GO) && defined(__x86_64__)
  void* identity;
  asm volatile("movq %1, %0" : "=r"(identity) : "m"(f.identity));  // no compiler instruments this
  return identity;
#else
  return f.identity;
#endif
}
#endif

// tsan-go: from here on, what runs on `here` is `identity` (the goroutine's, or here.own_identity again). Elsewhere nothing.
STEALYARD_FORCE_INLINE inline void assume_identity([[maybe_unused]] fiber& here, [[maybe_unused]] void* identity) noexcept {
#if defined(STEALYARD_TSAN_GO)
  here.identity = identity;
  __tsan_switch_to_fiber(identity, tsan_switch_flags);
#endif
}

STEALYARD_FORCE_INLINE inline void* switch_fiber(context& from_context, [[maybe_unused]] fiber& from, context& to_context,
                                                 [[maybe_unused]] fiber& to, void* arg) noexcept {
#if defined(STEALYARD_TSAN_GO)
  const unsigned sections = open_sections();
  __tsan_switch_to_fiber(identity_of(to), tsan_switch_flags);
  void* const got = chosen_switch::jump(from_context, to_context, arg);
  set_open_sections(sections);
  return got;
#elif defined(STEALYARD_TSAN)
  __tsan_switch_to_fiber(identity_of(to), tsan_switch_flags);
#endif
#if defined(STEALYARD_ASAN)
  to.arriving_arg = arg;
  __sanitizer_start_switch_fiber(&from.fake_stack, to.low, to.size);
  chosen_switch::jump(from_context, to_context, &to);
  __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
  return from.arriving_arg;
#elif !defined(STEALYARD_TSAN_GO)
  return chosen_switch::jump(from_context, to_context, arg);
#endif
}

[[noreturn]] STEALYARD_FORCE_INLINE inline void leave_fiber(fiber& from, context& to_context, [[maybe_unused]] fiber& to,
                                                            void* arg) noexcept {
#if defined(STEALYARD_TSAN)
  __tsan_switch_to_fiber(identity_of(to), tsan_switch_flags);
#endif
#if defined(STEALYARD_ASAN)
  to.arriving_arg = arg;
  __sanitizer_start_switch_fiber(nullptr, to.low, to.size);  // frees this stack's fake frames
  arg = &to;
#endif
  chosen_switch::jump(from.base, to_context, arg);
  __builtin_unreachable();
}

}  // namespace stealyard::fiber
