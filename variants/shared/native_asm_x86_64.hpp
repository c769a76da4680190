// native_asm_x86_64: variants/context_switch/native_asm.hpp on x86-64.
// Source:     ours.
// Progress:   wait-free, about 1 ns.
// Deviates:   control words stay with the thread.
// Invariants: I1 a suspended stack holds, from sp up: rbx, rbp, where to go on; 24 bytes, under the caller's red zone.
//             I2 the asm statement declares every register but rbx, rbp and rsp lost; these three it restores itself, because a
//             compiler may need rbx (clang's base pointer) or rbp to reach its frame and then silently ignores a clobber.
// Orders
//   none: native by nature; no atomic operation
// Coupling:   make, jump, first_frame and look_at_suspended agree on I1 and on rdx carrying arg.
//             Build the whole program with one -m set: g++ accepts AVX-512 clobbers only where AVX-512 is enabled, so a
//             target("avx512f") function around a jump, in a program built without it, may lose zmm16-31 and masks.
#pragma once
#include "core/world/force_inline.hpp"
#include "variants/shared/jump_range.hpp"

#include <cstddef>
#include <cstdint>

// Registers that exist only with AVX-512. clang takes the names anywhere.
#if defined(__clang__) || defined(__AVX512F__)
#define STEALYARD_AVX512_REGISTERS                                                                                                         \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", \
      "xmm31", "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define STEALYARD_AVX512_REGISTERS
#endif
// The outermost frame has no caller (CS4); the directive is an error where the compiler opens no frame description.
#if defined(__GCC_HAVE_DWARF2_CFI_ASM)
#define STEALYARD_OUTERMOST_FRAME ".cfi_undefined rip\n\t"
#define STEALYARD_SUSPENDED_FRAME \
  ".cfi_remember_state\n\t.cfi_def_cfa rbx, 152\n\t.cfi_offset rip, -136\n\t.cfi_offset rbp, -144\n\t.cfi_offset rbx, -152\n\t"
#define STEALYARD_OWN_FRAME ".cfi_restore_state\n\t.cfi_adjust_cfa_offset 8\n\t"
#else
#define STEALYARD_SUSPENDED_FRAME ""
#define STEALYARD_OWN_FRAME ""
#define STEALYARD_OUTERMOST_FRAME ""
#endif

namespace stealyard::context_switch {

struct native_asm_x86_64 {
  struct context {
    void* sp = nullptr;
  };

  static void make(context& fresh, std::byte* low, std::size_t size, void (*entry)(void* arg)) noexcept {
    const std::uintptr_t top = reinterpret_cast<std::uintptr_t>(low + size) & ~std::uintptr_t{15};
    auto* words = reinterpret_cast<std::uintptr_t*>(top) - 5;  // 16-aligned after the three are popped (CS3)
    words[0] = reinterpret_cast<std::uintptr_t>(entry);        // rbx
    words[1] = 0;                                              // rbp: ends a walk over frame pointers
    words[2] = reinterpret_cast<std::uintptr_t>(&first_frame);
    words[3] = 0;  // what a walk that ignores frame descriptions takes for a return address
    words[4] = 0;
    fresh.sp = words;
  }

  STEALYARD_FORCE_INLINE static inline void* jump(context& from, context& to, void* arg) noexcept {
    context* saved = &from;
    context* next = &to;
    asm volatile(STEALYARD_JUMP_BEGINS  //
                 "leaq -128(%%rsp), %%rsp\n\t"  // the caller may live in its red zone
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "pushq %%rbp\n\t"
                 "pushq %%rbx\n\t"
                 "movq %%rsp, (%%rdi)\n\t"
                 "movq (%%rsi), %%rsp\n\t"
                 "popq %%rbx\n\t"
                 "popq %%rbp\n\t"
                 "popq %%rax\n\t"
                 "jmpq *%%rax\n\t"
                 ".p2align 3\n"
                 "1:\n\t"
                 "leaq 128(%%rsp), %%rsp" STEALYARD_JUMP_ENDS
                 : "+D"(saved), "+S"(next), "+d"(arg)
                 :
                 : "rax", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3",
                   "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "mm0", "mm1",
                   "mm2", "mm3", "mm4", "mm5", "mm6", "mm7", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
                   "st(7)" STEALYARD_AVX512_REGISTERS);
    return arg;
  }

  // Calls look(arg) from a frame that unwinders take for one called by the suspended computation, where it was suspended:
  // its description says that the caller's registers lie as I1 has it, 152 bytes under the caller's stack pointer.
  [[gnu::naked]] static void look_at_suspended(const context&, void (*)(void*), void*) noexcept {
    asm("pushq %rbx\n\t"
        "movq (%rdi), %rbx\n\t" STEALYARD_SUSPENDED_FRAME
        "movq %rdx, %rdi\n\t"
        "callq *%rsi\n\t" STEALYARD_OWN_FRAME
        "popq %rbx\n\t"
        "ret");
  }

 private:
  // Reached by the jump's last instruction with entry in rbx and arg in rdx. No compiler code runs here.
  [[gnu::naked]] static void first_frame() noexcept {
    asm(STEALYARD_OUTERMOST_FRAME
        "xorl %ebp, %ebp\n\t"
        "movq %rdx, %rdi\n\t"
        "callq *%rbx\n\t"
        "ud2");
  }
};

}  // namespace stealyard::context_switch

#undef STEALYARD_AVX512_REGISTERS
#undef STEALYARD_OUTERMOST_FRAME
#undef STEALYARD_SUSPENDED_FRAME
#undef STEALYARD_OWN_FRAME
