// Exceptions belong to the goroutine: what it has caught, and how many it is unwinding, must not stay with the thread.
//
// The C++ ABI keeps both in a per-thread record. Without this file, a goroutine that parks inside a catch block finds
// another one's exception under its `throw;` when it goes on (a test shows it).
//
// A worker fetches its thread's record once, when the thread starts to run it, and keeps the pointer in the worker; it must not be
// fetched inline around a switch, since compilers take its address for constant. A goroutine that starts, or finishes by
// returning, has a zero record; hence only one that parks inside a catch block or a destructor run by unwinding has anything
// to carry, and it carries it on its own stack:
//
//   void* got = keeping_exceptions(worker->exceptions, [&] { return switch_fiber(…); });
#pragma once
#include "core/world/force_inline.hpp"

namespace stealyard::fiber {

// Itanium C++ ABI, 2.2.2: __cxa_eh_globals. The same in libsupc++ and libc++abi.
struct exception_globals {
  void* caught = nullptr;    // the stack of caught exceptions
  unsigned uncaught = 0;     // thrown, and not yet caught

  bool any() const noexcept { return caught != nullptr || uncaught != 0; }
};

// The record of the thread that runs now. Opaque to optimizers.
exception_globals* exception_globals_here() noexcept;

template <class Switch>
[[gnu::noinline, gnu::cold]] void* carrying_exceptions(exception_globals* left, Switch& perform) noexcept {
  const exception_globals carried = *left;
  *left = {};
  void* result = perform();
  *exception_globals_here() = carried;  // perhaps another thread's
  return result;
}

// `here` is exception_globals_here() of this very thread; `perform` switches away, and returns when this goroutine goes on.
template <class Switch>
STEALYARD_FORCE_INLINE inline void* keeping_exceptions(exception_globals* here, Switch&& perform) noexcept {
  if (__builtin_expect(here->any(), false)) return carrying_exceptions(here, perform);
  return perform();
}

}  // namespace stealyard::fiber
