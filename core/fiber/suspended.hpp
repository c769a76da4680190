// Where a suspended goroutine stands: its frames, from the switch outwards. Empty if the context switch cannot tell.
// The computation must stay suspended meanwhile, and must have been saved by a switch whose memory effects the caller sees.
#pragma once
#include "core/fiber/chosen_switch.hpp"
#include "core/fiber/traceback.hpp"

namespace stealyard::fiber {

template <class Switch = chosen_switch>
traceback capture_suspended([[maybe_unused]] const typename Switch::context& suspended) noexcept {
  traceback found;
  if constexpr (shows_suspended<Switch>) {
    // Left out: the function that looks, and the frame that stands for the callee.
    Switch::look_at_suspended(suspended, [](void* into) { *static_cast<traceback*>(into) = capture(2); }, &found);
  }
  return found;
}

}  // namespace stealyard::fiber
