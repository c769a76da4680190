// The callee-saved registers of x86-64 and AArch64, seen from assembly: fill them, call, and look what is left.
#pragma once
#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace stealyard::fiber {

// How this thread's floating point works, and in it, that denormal results become zero: mxcsr; AArch64: fpcr.
#if defined(__x86_64__)
inline constexpr std::uint64_t flush_to_zero = 0x8000;
inline std::uint64_t control_word() noexcept { return _mm_getcsr(); }
inline void set_control_word(std::uint64_t word) noexcept { _mm_setcsr(static_cast<unsigned>(word)); }
#elif defined(__aarch64__)
inline constexpr std::uint64_t flush_to_zero = 1u << 24;
inline std::uint64_t control_word() noexcept {
  std::uint64_t word;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}
inline void set_control_word(std::uint64_t word) noexcept { asm volatile("msr fpcr, %0" : : "r"(word)); }
#endif

// Leaves garbage in every register a computation may own: what a guest does between two switches.
[[gnu::noinline]] inline void spoil_registers() {
#if defined(__x86_64__)
  asm volatile(
      "movq $-1, %%rbx\n\t movq $-2, %%r12\n\t movq $-3, %%r13\n\t movq $-4, %%r14\n\t movq $-5, %%r15\n\t"
      "pcmpeqd %%xmm0, %%xmm0\n\t movdqa %%xmm0, %%xmm6\n\t movdqa %%xmm0, %%xmm7\n\t movdqa %%xmm0, %%xmm8\n\t"
      "movdqa %%xmm0, %%xmm9\n\t movdqa %%xmm0, %%xmm15"
      :
      :
      : "rbx", "r12", "r13", "r14", "r15", "xmm0", "xmm6", "xmm7", "xmm8", "xmm9", "xmm15");
#elif defined(__aarch64__)
  asm volatile(
      "mov x19, #-1\n\t mov x20, #-2\n\t mov x21, #-3\n\t mov x22, #-4\n\t mov x23, #-5\n\t"
      "mov x24, #-6\n\t mov x25, #-7\n\t mov x26, #-8\n\t mov x27, #-9\n\t mov x28, #-10\n\t"
      "movi v8.16b, #255\n\t movi v9.16b, #255\n\t movi v10.16b, #255\n\t movi v11.16b, #255\n\t"
      "movi v12.16b, #255\n\t movi v13.16b, #255\n\t movi v14.16b, #255\n\t movi v15.16b, #255"
      :
      :
      : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
#endif
}

// Calls `call(arg)` with known values in rbx, rbp, r12 to r15; a bit of the result is set for each that came back changed.
// AArch64: x19 to x29 are bits 0 to 10, d8 to d15 bits 11 to 18.
[[gnu::noinline]] inline std::uint64_t registers_lost_by(void (*call)(void*), void* arg) {
#if defined(__x86_64__)
  std::uint64_t lost = 0;
  void* argument = arg;
  auto* callee = call;
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n\t"  // the red zone
      "pushq %%rbp\n\t"
      "movq %%rsp, %%rax\n\t"
      "andq $-16, %%rsp\n\t"
      "pushq %%rax\n\t pushq %%rax\n\t"
      "movq $0x1111, %%rbx\n\t movq $0x2222, %%rbp\n\t movq $0x3333, %%r12\n\t"
      "movq $0x4444, %%r13\n\t movq $0x5555, %%r14\n\t movq $0x6666, %%r15\n\t"
      "callq *%%rdx\n\t"
      "xorl %%ecx, %%ecx\n\t"
      "cmpq $0x1111, %%rbx\n\t je 1f\n\t orl $1, %%ecx\n1:\n\t"
      "cmpq $0x2222, %%rbp\n\t je 1f\n\t orl $2, %%ecx\n1:\n\t"
      "cmpq $0x3333, %%r12\n\t je 1f\n\t orl $4, %%ecx\n1:\n\t"
      "cmpq $0x4444, %%r13\n\t je 1f\n\t orl $8, %%ecx\n1:\n\t"
      "cmpq $0x5555, %%r14\n\t je 1f\n\t orl $16, %%ecx\n1:\n\t"
      "cmpq $0x6666, %%r15\n\t je 1f\n\t orl $32, %%ecx\n1:\n\t"
      "popq %%rax\n\t movq %%rax, %%rsp\n\t"
      "popq %%rbp\n\t"
      "leaq 128(%%rsp), %%rsp"
      : "+D"(argument), "+d"(callee), "=c"(lost)
      :
      : "rax", "rbx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
        "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)",
        "st(4)", "st(5)", "st(6)", "st(7)");
  return lost;
#elif defined(__aarch64__)
  // The numbers 1 to 19, in x19 to x29 and d8 to d15; what came back is stored and compared in C++.
  std::uint64_t after[20] = {};
  register void* argument asm("x0") = arg;
  register auto* callee asm("x1") = call;
  register std::uint64_t* into asm("x2") = after;
  asm volatile(
      "stp x29, x2, [sp, #-16]!\n\t"
      "mov x19, #1\n\t mov x20, #2\n\t mov x21, #3\n\t mov x22, #4\n\t mov x23, #5\n\t mov x24, #6\n\t"
      "mov x25, #7\n\t mov x26, #8\n\t mov x27, #9\n\t mov x28, #10\n\t mov x29, #11\n\t"
      "mov x9, #12\n\t fmov d8, x9\n\t mov x9, #13\n\t fmov d9, x9\n\t mov x9, #14\n\t fmov d10, x9\n\t"
      "mov x9, #15\n\t fmov d11, x9\n\t mov x9, #16\n\t fmov d12, x9\n\t mov x9, #17\n\t fmov d13, x9\n\t"
      "mov x9, #18\n\t fmov d14, x9\n\t mov x9, #19\n\t fmov d15, x9\n\t"
      "blr x1\n\t"
      "ldr x2, [sp, #8]\n\t"
      "stp x19, x20, [x2]\n\t stp x21, x22, [x2, #16]\n\t stp x23, x24, [x2, #32]\n\t stp x25, x26, [x2, #48]\n\t"
      "stp x27, x28, [x2, #64]\n\t str x29, [x2, #80]\n\t"
      "stp d8, d9, [x2, #88]\n\t stp d10, d11, [x2, #104]\n\t stp d12, d13, [x2, #120]\n\t stp d14, d15, [x2, #136]\n\t"
      "ldp x29, x2, [sp], #16"
      : "+r"(argument), "+r"(callee), "+r"(into)
      :
      : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22",
        "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",
        "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
        "v30", "v31");
  std::uint64_t lost = 0;
  for (unsigned i = 0; i != 19; ++i) lost |= std::uint64_t{after[i] != i + 1} << i;
  return lost;
#else
  call(arg);
  return 0;
#endif
}

}  // namespace stealyard::fiber
