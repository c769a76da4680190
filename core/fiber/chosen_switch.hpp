// chosen_switch: the context switch this library is built with. A build-time part: one library a choice, named by
// STEALYARD_CONTEXT_SWITCH (file name = type name, as for every variant), so that no source names a variant.
#pragma once

#if !defined(STEALYARD_CONTEXT_SWITCH)
#define STEALYARD_CONTEXT_SWITCH native_asm
#endif
#define STEALYARD_QUOTE_EXPANDED(text) #text
#define STEALYARD_QUOTE(text) STEALYARD_QUOTE_EXPANDED(text)

// clang-format off
#include STEALYARD_QUOTE(variants/context_switch/STEALYARD_CONTEXT_SWITCH.hpp)
// clang-format on

namespace stealyard::fiber {

using chosen_switch = stealyard::context_switch::STEALYARD_CONTEXT_SWITCH;
inline constexpr const char* chosen_switch_name = STEALYARD_QUOTE(STEALYARD_CONTEXT_SWITCH);

}  // namespace stealyard::fiber

#undef STEALYARD_QUOTE
#undef STEALYARD_QUOTE_EXPANDED
