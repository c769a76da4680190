// boost_context: Boost.Context's fcontext, wherever Boost runs; portable, and the oracle native_asm is compared with.
// Source:     Boost.Context 1.81, detail/fcontext.hpp (the layer under its fiber class).
// Progress:   wait-free, about 4 ns: a call that saves six registers and both control words.
// Deviates:   nothing.
// Invariants: I1 whoever arrives writes the departed computation's handle into the context it left from: fcontext hands it to
//             the arriving side only. I2 the word fcontext carries is that context, and arg waits inside it: nothing lies
//             on the departing stack, whose frames may be gone (a dying fiber under AddressSanitizer).
// Coupling:   link Boost::context. core/fiber reads nothing but sp.
#pragma once
#include "core/contract/context_switch.hpp"
#include "core/world/force_inline.hpp"

#include <boost/context/detail/fcontext.hpp>

namespace stealyard::context_switch {

struct boost_context {
  static constexpr context_switch_claims claims{.control_words = true, .inlined = false};

  struct context {
    void* sp = nullptr;
    void* arg = nullptr;               // under way, from jump to arrival
    const context* next = nullptr;     // where the last jump from here went
    void (*entry)(void*) = nullptr;    // until the first arrival
  };

  static void make(context& fresh, std::byte* low, std::size_t size, void (*entry)(void* arg)) noexcept {
    fresh.sp = boost::context::detail::make_fcontext(low + size, size, &first_frame);
    fresh.entry = entry;
  }

  STEALYARD_FORCE_INLINE static inline void* jump(context& from, context& to, void* arg) noexcept {
    from.arg = arg;
    from.next = &to;
    return arrive(boost::context::detail::jump_fcontext(to.sp, &from))->arg;
  }

 private:
  STEALYARD_FORCE_INLINE static inline context* arrive(boost::context::detail::transfer_t transfer) noexcept {
    auto* left = static_cast<context*>(transfer.data);
    left->sp = transfer.fctx;
    return left;
  }

  static void first_frame(boost::context::detail::transfer_t transfer) noexcept {
    const context* left = arrive(transfer);
    left->next->entry(left->arg);
    __builtin_trap();  // entry never returns
  }
};
static_assert(contract::context_switch<boost_context>);

}  // namespace stealyard::context_switch
