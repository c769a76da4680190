// native_asm: our own assembly for x86-64 and AArch64, expanded where it is used; three words on the stack, one in the context.
// Source:     ours. The indirect jump instead of a return is what the return predictor asks for after a change of stack.
// Progress:   wait-free, on x86-64 about 1 ns (a called routine with six pushes: 1.9 ns; fcontext: 4.2 ns); on AArch64 never timed.
// Deviates:   control words (mxcsr and x87; fpcr) stay with the thread, as everything else CS7 names.
// Invariants: of the stack and of the registers: with each machine's text, in variants/shared.
// Coupling:   core/fiber reads nothing but sp.
#pragma once
#include "core/contract/context_switch.hpp"
#if defined(__x86_64__)
#include "variants/shared/native_asm_x86_64.hpp"
#elif defined(__aarch64__)
#include "variants/shared/native_asm_aarch64.hpp"
#else
#error native_asm knows x86-64 and AArch64: choose -DSTEALYARD_CONTEXT_SWITCH=boost_context or ucontext, or add this architecture
#endif

namespace stealyard::context_switch {

#if defined(__x86_64__)
using native_asm_machine = native_asm_x86_64;
#else
using native_asm_machine = native_asm_aarch64;
#endif

struct native_asm : native_asm_machine {
  static constexpr context_switch_claims claims{.control_words = false, .inlined = true};
};
static_assert(contract::context_switch<native_asm>);
static_assert(shows_suspended<native_asm>);

}  // namespace stealyard::context_switch
