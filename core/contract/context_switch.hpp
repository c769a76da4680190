// context_switch: how a worker leaves one stack and goes on upon another. Native by nature: no World.
//
//   struct name {
//     static constexpr context_switch_claims claims{...};
//     struct context { void* sp = nullptr; ... };        where a suspended computation goes on; sp is null while there is none
//     static void make(context&, std::byte* low, std::size_t size, void (*entry)(void* arg)) noexcept;
//     static void* jump(context& from, context& to, void* arg) noexcept;
//   };
//
// Optional: static void look_at_suspended(const context&, void (*look)(void*), void* arg) noexcept: calls look(arg) so that an
//   unwinder started inside goes on through the frames of the suspended computation. It must stay suspended meanwhile.
//
// make prepares `context` so that the first jump to it calls entry(arg) on the stack [low, low + size), size >= claims.least_size.
// entry never returns. jump suspends the caller into `from`, goes on in `to`, and returns the arg of whoever later
// jumps to `from`. A context is resumed at most once each time it was saved. A context may be resumed on another thread than
// the one that saved it; the caller orders the two (whatever publishes `from` must happen after the jump away from it).
//
// Axioms
//   CS1  jump(from, to, arg) goes on in `to`: there, the jump that saved `to` returns arg, or entry(arg) begins.
//   CS2  Everything the ABI calls callee-saved, and every live value of the caller, is as it was when jump returns.
//   CS3  entry begins with the stack aligned as the ABI asks, inside [low, low + size).
//   CS4  The frame of entry is the outermost one: unwinders, exceptions and tracebacks stop there, without a fault.
//   CS5  from.sp is the suspended computation's stack pointer once `to` runs, hence inside its stack. Nothing below the red
//        zone under it is live.
//   CS6  x87 and SSE control words travel with the context if and only if claims.control_words.
//   CS7  Nothing else travels: errno, thread-local storage and exception globals stay with the thread; and so does the signal mask, unless
//        claims.signal_mask, which then always travels.
#pragma once
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace stealyard {

struct context_switch_claims {
  bool control_words = false;  // mxcsr and the x87 control word are switched too
  bool inlined = false;        // no call: the caller spills only what it has live
  bool signal_mask = false;    // travels with the context: two system calls a switch
  std::size_t least_size = 1024;  // bytes of stack that make needs
};

template <class S>
concept shows_suspended = requires(const typename S::context& context, void (*look)(void*), void* arg) {
  { S::look_at_suspended(context, look, arg) } noexcept;
};

namespace contract {
template <class S>
concept context_switch =
    std::same_as<std::remove_cvref_t<decltype(S::claims)>, context_switch_claims> && std::default_initializable<typename S::context> &&
    requires(typename S::context& context, std::byte* low, std::size_t size, void (*entry)(void*), void* arg) {
      { context.sp } -> std::same_as<void*&>;
      { S::make(context, low, size, entry) } noexcept -> std::same_as<void>;
      { S::jump(context, context, arg) } noexcept -> std::same_as<void*>;
    };
}  // namespace contract

}  // namespace stealyard
