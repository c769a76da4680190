// The ways a program ends by the runtime's hand: Go's messages, exit status 2. What Go calls fatal cannot be caught.
#pragma once
#include "core/contract/stack.hpp"
#include "core/fiber/stack_overflow.hpp"
#include "core/sched/product.hpp"

namespace stealyard::sched {

[[noreturn, gnu::cold]] void fatal_deadlock(product_scheduler& s) noexcept;
[[noreturn, gnu::cold]] void fatal_out_of_stacks(const stack_counters& c) noexcept;
[[noreturn, gnu::cold]] void fatal_out_of_memory() noexcept;
// t has ended, and the canary under its stack is gone: this goroutine, or one that lay on the stack before it parked, went too deep.
[[noreturn, gnu::cold]] void fatal_overflow_found_late(const product_task& t, std::size_t size) noexcept;
// `fatal error: text`, and the goroutine that runs.
[[noreturn, gnu::cold]] void fatal(const char* text) noexcept;

// An exception that nobody caught, on any thread: called by the terminate handler, on the stack that threw.
[[noreturn, gnu::cold]] void uncaught_panic() noexcept;

// Not fatal: once all workers are done, lists on stderr who is blocked. False: nobody.
bool report_leaks(product_scheduler& s) noexcept;

// Status 2, at once. From anywhere, signal handlers included.
[[noreturn]] void end_process() noexcept;

// In a signal handler.
void report_stack_overflow(product_scheduler& s, const fiber::stack_overflow& hit) noexcept;

}  // namespace stealyard::sched
