// native_asm_aarch64: variants/context_switch/native_asm.hpp on AArch64.
// Source:     ours.
// Progress:   wait-free; never timed.
// Deviates:   control words stay with the thread.
// Invariants: I1 a suspended stack holds, from sp up: x29, where to go on, x19, a word of padding; 32 bytes, and sp stays 16-aligned.
//             There is no red zone under sp on Linux.
//             I2 the asm statement declares every register but x19, x29 and sp lost; these three it restores itself, because a compiler
//             may need x19 (clang's base pointer) or x29 to reach its frame and then refuses or ignores a clobber. x18 is lost: Linux
//             leaves it to the compiler.
//             I3 nobody arrives by a return: the jump goes through x16, which branch target identification lets land on a `bti j`
//             (hint #36, nothing on older processors).
// Orders
//   none: native by nature; no atomic operation
// Coupling:   make, jump and the two routines agree on I1 and on x2 carrying arg. Their text stands outside of any function, since g++ has
//             no naked functions here; a section group keeps one copy a program, `.ifndef` one a unit (link-time optimization joins units).
//             Build the whole program with one -m set: predicate registers are declared lost only where SVE is enabled.
#pragma once
#include "core/world/force_inline.hpp"
#include "variants/shared/jump_range.hpp"

#include <cstddef>
#include <cstdint>

// Reached by a jump's last instruction, with entry in x19 and arg in x2. The outermost frame: it has no caller (CS4).
asm(R"(
  .ifndef stealyard_switch_first_frame
  .pushsection .text.stealyard_switch_first_frame, "axG", %progbits, stealyard_switch_first_frame, comdat
  .p2align 4
  .weak stealyard_switch_first_frame
  .hidden stealyard_switch_first_frame
  .type stealyard_switch_first_frame, %function
stealyard_switch_first_frame:
  .cfi_startproc
  .cfi_undefined x30
  hint #36
  mov x29, xzr
  mov x30, xzr
  mov x0, x2
  blr x19
  brk #1
  .cfi_endproc
  .size stealyard_switch_first_frame, . - stealyard_switch_first_frame
  .popsection
  .endif
)");

// (context, look, arg): calls look(arg) from a frame that unwinders take for one called by the suspended computation, where it was
// suspended: I1 is laid out as this frame's own record, so that only where it lies changes.
asm(R"(
  .ifndef stealyard_switch_look_at_suspended
  .pushsection .text.stealyard_switch_look_at_suspended, "axG", %progbits, stealyard_switch_look_at_suspended, comdat
  .p2align 4
  .weak stealyard_switch_look_at_suspended
  .hidden stealyard_switch_look_at_suspended
  .type stealyard_switch_look_at_suspended, %function
stealyard_switch_look_at_suspended:
  .cfi_startproc
  hint #34
  stp x29, x30, [sp, #-32]!
  .cfi_def_cfa_offset 32
  .cfi_offset x29, -32
  .cfi_offset x30, -24
  str x19, [sp, #16]
  .cfi_offset x19, -16
  .cfi_remember_state
  ldr x19, [x0]
  .cfi_def_cfa x19, 32
  mov x0, x2
  blr x1
  .cfi_restore_state
  ldr x19, [sp, #16]
  ldp x29, x30, [sp], #32
  ret
  .cfi_endproc
  .size stealyard_switch_look_at_suspended, . - stealyard_switch_look_at_suspended
  .popsection
  .endif
)");

extern "C" {
void stealyard_switch_first_frame() noexcept;
void stealyard_switch_look_at_suspended(const void* context, void (*look)(void*), void* arg) noexcept;
}

#if defined(__ARM_FEATURE_SVE)
#define STEALYARD_SVE_REGISTERS \
  , "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13", "p14", "p15", "ffr"
#else
#define STEALYARD_SVE_REGISTERS
#endif

namespace stealyard::context_switch {

struct native_asm_aarch64 {
  struct context {
    void* sp = nullptr;
  };

  static void make(context& fresh, std::byte* low, std::size_t size, void (*entry)(void* arg)) noexcept {
    const std::uintptr_t top = reinterpret_cast<std::uintptr_t>(low + size) & ~std::uintptr_t{15};
    auto* words = reinterpret_cast<std::uintptr_t*>(top) - 4;
    words[0] = 0;  // x29: ends a walk over frame pointers
    words[1] = reinterpret_cast<std::uintptr_t>(&stealyard_switch_first_frame);
    words[2] = reinterpret_cast<std::uintptr_t>(entry);  // x19
    words[3] = 0;
    fresh.sp = words;
  }

  STEALYARD_FORCE_INLINE static inline void* jump(context& from, context& to, void* arg) noexcept {
    register context* saved asm("x0") = &from;
    register context* next asm("x1") = &to;
    register void* carried asm("x2") = arg;
    asm volatile(STEALYARD_JUMP_BEGINS  //
                 "adr x16, 1f\n\t"
                 "stp x29, x16, [sp, #-32]!\n\t"
                 "str x19, [sp, #16]\n\t"
                 "mov x17, sp\n\t"
                 "str x17, [x0]\n\t"
                 "ldr x17, [x1]\n\t"
                 "mov sp, x17\n\t"
                 "ldr x19, [sp, #16]\n\t"
                 "ldp x29, x16, [sp], #32\n\t"
                 "br x16\n\t"
                 ".p2align 3\n"
                 "1:\n\t"
                 "hint #36" STEALYARD_JUMP_ENDS
                 : "+r"(saved), "+r"(next), "+r"(carried)
                 :
                 : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x20", "x21",
                   "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
                   "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",
                   "v25", "v26", "v27", "v28", "v29", "v30", "v31" STEALYARD_SVE_REGISTERS);
    return carried;
  }

  static void look_at_suspended(const context& suspended, void (*look)(void*), void* arg) noexcept {
    stealyard_switch_look_at_suspended(&suspended, look, arg);
  }
};

}  // namespace stealyard::context_switch

#undef STEALYARD_SVE_REGISTERS
