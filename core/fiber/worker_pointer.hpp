// The pointer to this thread's worker, read in one load and never remembered across a switch.
//
// Compilers cache the address of a thread_local, and of errno, in a register or a stack slot; a goroutine that parks on one thread
// and goes on upon another then reads the first one's. So: no thread_local in code that may switch, only these accessors.
// An asm volatile statement can neither be merged with another nor moved across one, and a context switch is one.
// The variable lives in the static library, and the access is local-exec: link it into executables, not shared objects.
// Elsewhere (other architectures, sanitizers) the access is a call that no optimizer sees through.
#pragma once
#include "core/fiber/sanitizers.hpp"
#include "core/world/force_inline.hpp"
#include "core/world/runtime_site.hpp"

#if !defined(__x86_64__) || defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN) || defined(STEALYARD_CALLED_WORKER_POINTER)
#define STEALYARD_WORKER_POINTER_BY_CALL 1
#endif

namespace stealyard::fiber {

// The fall-back, always there (a test compares both): the slot of the thread that runs now.
void* worker_pointer_by_call() noexcept;
void set_worker_pointer_by_call(void* worker) noexcept;

STEALYARD_FORCE_INLINE inline void* worker_pointer() noexcept {
#if defined(STEALYARD_WORKER_POINTER_BY_CALL)
  STEALYARD_MARK_RUNTIME_SITE();
  return worker_pointer_by_call();
#else
  void* worker;
  asm inline volatile(STEALYARD_RUNTIME_SITE "movq %%fs:stealyard_worker_pointer@tpoff, %0" : "=r"(worker));
  return worker;
#endif
}

STEALYARD_FORCE_INLINE inline void set_worker_pointer(void* worker) noexcept {
#if defined(STEALYARD_WORKER_POINTER_BY_CALL)
  set_worker_pointer_by_call(worker);
#else
  asm volatile("movq %0, %%fs:stealyard_worker_pointer@tpoff" : : "r"(worker) : "memory");
#endif
}

// errno of the thread that runs now. Copy it before parking; never hold its address.
int errno_here() noexcept;
void set_errno_here(int value) noexcept;

}  // namespace stealyard::fiber
