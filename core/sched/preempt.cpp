#include "core/sched/preempt.hpp"

#include "core/sched/threads.hpp"

#include <algorithm>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <csignal>
#include <ucontext.h>
#endif

namespace stealyard::sched {

namespace {

constinit atomic<real, std::uint64_t> preempted_times{0};

}  // namespace

constinit atomic<real, std::uint32_t> somebody_is_asked{0};

void ask_to_yield(product_worker& w) noexcept {
  w.extras.asked_to_yield.store(1u, relaxed);
  somebody_is_asked.store(1u, release);  // so that whoever is sent here by this one finds the other
}

void ask_everybody_home() noexcept {
  real::fence(seq_cst);
  somebody_is_asked.store(1u, release);
}

void nobody_is_asked() noexcept { somebody_is_asked.store(0u, relaxed); }

// A worker that is asked between the look at all and the clearing is asked again when its next slice is over.
void yield_if_asked() {
  product_worker* w = product::worker_here();
  if (w == nullptr) return;
  product_scheduler& s = w->owner;
  bool mine = w->extras.asked_to_yield.exchange(0u, acquire) != 0;
  bool others = false;
  for (unsigned i = 0; i != s.workers(); ++i) others = others || s.at(i).extras.asked_to_yield.load(relaxed) != 0;
  if (!others) somebody_is_asked.store(0u, relaxed);
  real::fence(seq_cst);  // with ask_everybody_home: it sets what was just cleared, or everybody is to go home as we see here
  const bool all_go_home = s.stopping();  // then also who holds a bubble's token
  if (all_go_home) {
    somebody_is_asked.store(1u, relaxed);
    mine = true;
  }
  const product_task& me = *w->current;
  if (!mine || (me.of_bubble != nullptr && !all_go_home) || me.stack->holds != 0) return;
  if (all_go_home) {
    w->until_fair.store(1u, relaxed);  // nobody else is picked first
  } else if (product_task* due = s.timers().take_due(*w, /*of_others=*/true)) {
    ready(*w, due);  // a yield looks at timers once in a while only
  }
  yield(*w);
}

std::uint64_t preemptions() noexcept { return preempted_times.load(relaxed); }

#if defined(__x86_64__) && !defined(STEALYARD_TSAN)

// NOLINTBEGIN(bugprone-reserved-identifier): names that the linker and libgcc chose
extern "C" {
// The linker's: the section of declared functions, and the table of runtime sites (offsets from each entry to the place).
extern const char __start_stealyard_preemptible[] __attribute__((weak));
extern const char __stop_stealyard_preemptible[] __attribute__((weak));
extern const std::int32_t __start_stealyard_sites[] __attribute__((weak));
extern const std::int32_t __stop_stealyard_sites[] __attribute__((weak));
// libgcc's, and as libgcc_s uses glibc's lock-free lookup, callable anywhere.
void* _Unwind_FindEnclosingFunction(void*);
// NOLINTEND(bugprone-reserved-identifier)

void stealyard_preempted_here();
void stealyard_yield_preempted() noexcept;
std::uint64_t stealyard_vector_bytes = 0;
std::uint32_t stealyard_vector_parts = 0;
}

// The interrupted function's frame ends 128 bytes above the slot that holds where to go on. The saved vector state lies under the saved
// registers, 64-aligned; xrstor wants the rest of its header to be zero.
asm(R"(
  .text
  .globl stealyard_preempted_here
  .type stealyard_preempted_here, @function
stealyard_preempted_here:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_def_cfa rsp, 136
  .cfi_offset rip, -136
  pushfq
  .cfi_adjust_cfa_offset 8
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_offset rbp, -152
  movq %rsp, %rbp
  .cfi_def_cfa_register rbp
  pushq %rbx
  .cfi_offset rbx, -160
  pushq %r12
  .cfi_offset r12, -168
  pushq %r13
  .cfi_offset r13, -176
  pushq %r14
  .cfi_offset r14, -184
  pushq %r15
  .cfi_offset r15, -192
  pushq %rax
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  cld
  subq stealyard_vector_bytes(%rip), %rsp
  andq $-64, %rsp
  xorl %eax, %eax
  movq %rax, 512(%rsp)
  movq %rax, 520(%rsp)
  movq %rax, 528(%rsp)
  movq %rax, 536(%rsp)
  movq %rax, 544(%rsp)
  movq %rax, 552(%rsp)
  movq %rax, 560(%rsp)
  movq %rax, 568(%rsp)
  movl stealyard_vector_parts(%rip), %eax
  xorl %edx, %edx
  xsave (%rsp)
  call stealyard_yield_preempted
  movl stealyard_vector_parts(%rip), %eax
  xorl %edx, %edx
  xrstor (%rsp)
  leaq -112(%rbp), %rsp
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rax
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popfq
  ret $128
  .cfi_endproc
  .size stealyard_preempted_here, . - stealyard_preempted_here
)");

void stealyard_yield_preempted() noexcept {
  const int saved = fiber::errno_here();
  preempted_times.fetch_add(1u, relaxed);
  product_worker* w = product::worker_here();
  if (w->owner.stopping()) {
    w->until_fair.store(1u, relaxed);  // nobody else is picked first
  } else if (product_task* due = w->owner.timers().take_due(*w, /*of_others=*/true)) {
    ready(*w, due);  // a yield looks at timers once in a while only, and this may be the one worker there is
  }
  w->current->preempted = true;  // nothing may be thrown from here: the place is no call
  yield(*product::worker_here());
  product::worker_here()->current->preempted = false;
  fiber::set_errno_here(saved);
}

namespace {

struct span_of_code {
  std::uintptr_t begin, end;
};

std::vector<span_of_code> runtime_inside;  // functions of the section that hold code of the runtime. Constant once prepared.
bool prepared = false;

bool in_section(std::uintptr_t at) noexcept {
  return at >= reinterpret_cast<std::uintptr_t>(__start_stealyard_preemptible) &&
         at < reinterpret_cast<std::uintptr_t>(__stop_stealyard_preemptible);
}

// libgcc takes a return address, and looks at the byte before it: unasked, the function behind would lose its first byte to this one.
void* function_at(std::uintptr_t at) noexcept { return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(at + 1)); }

// The function around a site, by its first and last byte that unwind tables know. Without tables: all of the section.
span_of_code function_around(std::uintptr_t site) noexcept {
  void* const function = function_at(site);
  if (function == nullptr) {
    return {reinterpret_cast<std::uintptr_t>(__start_stealyard_preemptible),
            reinterpret_cast<std::uintptr_t>(__stop_stealyard_preemptible)};
  }
  std::uintptr_t end = site + 1;
  while (in_section(end) && function_at(end) == function) ++end;
  return {reinterpret_cast<std::uintptr_t>(function), end};
}

// Which parts of the vector state there are, and the bytes that xsave needs for them: not the tiles of AMX, which nobody may
// have touched without asking the system first.
void measure_vector_state() noexcept {
  constexpr unsigned wanted = 0xe7;  // x87, SSE, AVX, and the three parts of AVX-512
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(0xd, 0, &a, &b, &c, &d) == 0) return;
  stealyard_vector_parts = a & wanted;
  std::uint64_t bytes = 576;  // the legacy part and the header
  for (unsigned part = 2; part != 8; ++part) {
    unsigned size = 0, offset = 0;
    if ((stealyard_vector_parts & (1u << part)) != 0 && __get_cpuid_count(0xd, part, &size, &offset, &c, &d) != 0) {
      bytes = std::max<std::uint64_t>(bytes, std::uint64_t{offset} + size);
    }
  }
  stealyard_vector_bytes = bytes;
}

// What the way through the scheduler needs under the saved registers.
constexpr std::uintptr_t room_for_a_yield = 4096;

bool may_yield_at(const ucontext_t& machine) noexcept {
  const auto at = static_cast<std::uintptr_t>(machine.uc_mcontext.gregs[REG_RIP]);
  if (!prepared || !in_section(at)) return false;
  for (const span_of_code& s : runtime_inside) {
    if (at >= s.begin && at < s.end) return false;
  }
  const product_worker* w = product::worker_here();
  if (w == nullptr || w->current == nullptr || w->current->stack == nullptr) return false;
  const fiber::fiber& stack = *w->current->stack;
  const auto low = reinterpret_cast<std::uintptr_t>(stack.low);
  const auto sp = static_cast<std::uintptr_t>(machine.uc_mcontext.gregs[REG_RSP]);
  if (sp - low >= stack.size) return false;
  return stack.holds == 0 && sp - low > stealyard_vector_bytes + room_for_a_yield;
}

}  // namespace

bool can_preempt() noexcept { return &__start_stealyard_preemptible[0] != &__stop_stealyard_preemptible[0]; }

void prepare_preemption() {
  if (prepared) return;
  measure_vector_state();
  const std::int32_t* const last = __stop_stealyard_sites;
  for (const std::int32_t* entry = __start_stealyard_sites; entry != last; ++entry) {
    const auto site = reinterpret_cast<std::uintptr_t>(entry) + static_cast<std::uintptr_t>(static_cast<std::intptr_t>(*entry));
    const auto known = [&](const span_of_code& s) { return site >= s.begin && site < s.end; };
    if (in_section(site) && std::none_of(runtime_inside.begin(), runtime_inside.end(), known)) {
      runtime_inside.push_back(function_around(site));
    }
  }
  prepared = stealyard_vector_bytes != 0;
  listen_for_signals();
}

void interrupted_by_monitor(void* context) noexcept {
  auto& machine = *static_cast<ucontext_t*>(context);
  if (!may_yield_at(machine)) return;
  constexpr std::uintptr_t red_zone = 128;
  const auto slot = static_cast<std::uintptr_t>(machine.uc_mcontext.gregs[REG_RSP]) - red_zone - sizeof(std::uintptr_t);
  *reinterpret_cast<std::uintptr_t*>(slot) = static_cast<std::uintptr_t>(machine.uc_mcontext.gregs[REG_RIP]);
  machine.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(slot);
  machine.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(&stealyard_preempted_here);
}

#else

bool can_preempt() noexcept { return false; }
void prepare_preemption() {}
void interrupted_by_monitor(void*) noexcept {}

#endif

}  // namespace stealyard::sched
