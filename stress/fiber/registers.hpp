// The callee-saved registers of x86-64, seen from assembly: fill them, call, and look what is left.
#pragma once
#include <cstdint>

namespace stealyard::fiber {

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
#endif
}

// Calls `call(arg)` with known values in rbx, rbp, r12 to r15; a bit of the result is set for each that came back changed.
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
#else
  call(arg);
  return 0;
#endif
}

}  // namespace stealyard::fiber
