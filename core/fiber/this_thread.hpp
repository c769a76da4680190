// What the operating system says of the calling thread. Independent of the context switch, so it is compiled once.
#pragma once
#include "core/contract/stack.hpp"

namespace stealyard::fiber {

// Bounds of the calling thread's own stack; an empty block if the system does not tell.
stack_block this_thread_stack() noexcept;

}  // namespace stealyard::fiber
