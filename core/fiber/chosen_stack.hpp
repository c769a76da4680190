// chosen_stack: where stacks come from beneath the scheduler (which chooses by name at run time): for whoever uses fibers alone.
// Named by STEALYARD_STACK (file name = type name).
#pragma once

#if !defined(STEALYARD_STACK)
#define STEALYARD_STACK slab_guard
#endif
#define STEALYARD_QUOTE_EXPANDED(text) #text
#define STEALYARD_QUOTE(text) STEALYARD_QUOTE_EXPANDED(text)

// clang-format off
#include STEALYARD_QUOTE(variants/stack/STEALYARD_STACK.hpp)
// clang-format on

namespace stealyard::fiber {

using chosen_stack = stealyard::stack::STEALYARD_STACK;
inline constexpr const char* chosen_stack_name = STEALYARD_QUOTE(STEALYARD_STACK);

}  // namespace stealyard::fiber

#undef STEALYARD_QUOTE
#undef STEALYARD_QUOTE_EXPANDED
