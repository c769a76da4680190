// ucontext: the C library's swapcontext: the signal mask travels too, by two system calls a switch. The floor.
// Source:     System V, later POSIX.1-2001 (withdrawn 2008); the GNU C library's.
// Progress:   wait-free, about 300 ns, nearly all of it in the kernel.
// Deviates:   claims.signal_mask: what CS7 leaves with the thread, this takes along.
// Invariants: I1 a suspended computation's ucontext_t lies on its own stack, never in its context: it points into itself, and a
//             context may be copied while it is fresh. I2 a departing side reads nothing of its own frame after the switch, and an
//             arriving side nothing of the other's (a dying fiber's frames are gone under AddressSanitizer).
// Coupling:   least_size holds two ucontext_t, make's at the top and jump's, and 2 KiB: one is 1 KiB on x86-64, 4.5 KiB on AArch64.
#pragma once
#include "core/contract/context_switch.hpp"
#include "core/world/force_inline.hpp"

#include <cstdint>
#include <new>
#include <ucontext.h>

namespace stealyard::context_switch {

struct ucontext {
  static constexpr context_switch_claims claims{.control_words = true, .inlined = false, .signal_mask = true, .least_size = 12288};

  struct frame {
    ucontext_t registers;
    void* arg = nullptr;            // left by who jumps here
    void (*entry)(void*) = nullptr;  // until the first arrival
  };
  struct context {
    void* sp = nullptr;
    frame* suspended = nullptr;
  };

  static void make(context& fresh, std::byte* low, std::size_t size, void (*entry)(void* arg)) noexcept {
    constexpr std::uintptr_t aligned = ~std::uintptr_t{63};
    const std::uintptr_t top = (reinterpret_cast<std::uintptr_t>(low + size) - sizeof(frame)) & aligned;
    auto* at = ::new (reinterpret_cast<void*>(top)) frame;
    getcontext(&at->registers);
    at->registers.uc_stack.ss_sp = low;
    at->registers.uc_stack.ss_size = static_cast<std::size_t>(reinterpret_cast<std::byte*>(at) - low);
    at->registers.uc_link = nullptr;
    at->entry = entry;
    makecontext(&at->registers, reinterpret_cast<void (*)()>(&first_frame), 2, static_cast<unsigned>(top >> 32),
                static_cast<unsigned>(top));
    fresh.suspended = at;
    fresh.sp = at;
  }

  [[gnu::noinline]] static void* jump(context& from, context& to, void* arg) noexcept {
    frame here;
    from.suspended = &here;
    from.sp = stack_pointer();
    to.suspended->arg = arg;
    swapcontext(&here.registers, &to.suspended->registers);
    return here.arg;
  }

 private:
  // As it is when swapcontext is called: nothing is pushed for a call with two arguments.
  STEALYARD_FORCE_INLINE static inline void* stack_pointer() noexcept {
    void* now;
#if defined(__x86_64__)
    asm volatile("movq %%rsp, %0" : "=r"(now));
#elif defined(__aarch64__)
    asm volatile("mov %0, sp" : "=r"(now));
#else
    now = __builtin_frame_address(0);  // too high by this frame: CS5 is then not kept to the byte
#endif
    return now;
  }

  // makecontext hands over ints only.
  static void first_frame(unsigned high, unsigned low) {
    auto* me = reinterpret_cast<frame*>(std::uintptr_t{high} << 32 | low);
    me->entry(me->arg);
    __builtin_trap();  // entry never returns
  }
};
static_assert(contract::context_switch<ucontext>);
static_assert(ucontext::claims.least_size >= 2 * sizeof(ucontext::frame) + 2048);

}  // namespace stealyard::context_switch
