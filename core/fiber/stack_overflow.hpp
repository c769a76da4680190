// Turns a hit of a stack's guard into a message and exit status 2, instead of a bare segmentation fault.
//
//   1. every thread that runs fibers holds an `alternate_stack`: a handler cannot run on the stack that overflowed
//   2. watch_overflows(watch) once; `find` names the stack whose guard holds an address (slab_guard::guarded_by), and `report`
//      writes goroutine, size and creator: both run in a signal handler (no locks, no allocation)
//   3. a fault elsewhere goes to whoever handled SIGSEGV and SIGBUS before: by default, the process dies of it
// Build with -fstack-clash-protection, or a frame larger than the guard steps over it.
#pragma once
#include "core/contract/stack.hpp"

#include <cstddef>

namespace stealyard::fiber {

struct stack_overflow {
  const void* address;      // what was touched
  stack_block stack;        // whose guard that is
  const void* instruction;  // that touched it
};

struct overflow_watch {
  void* owner = nullptr;  // handed to both
  stack_block (*find)(void* owner, const void* address) noexcept = nullptr;
  void (*report)(void* owner, const stack_overflow&) noexcept = nullptr;
};

// One watch at a time, for the whole process; `watch` must outlive stop_watching_overflows(). False: the system refused (errno).
bool watch_overflows(const overflow_watch& watch) noexcept;
void stop_watching_overflows() noexcept;

// The signal stack of the thread that makes it; made and destroyed on the same thread. Restores what was there before.
class alternate_stack {
 public:
  alternate_stack() noexcept;
  ~alternate_stack();
  alternate_stack(const alternate_stack&) = delete;
  alternate_stack& operator=(const alternate_stack&) = delete;

  bool installed() const noexcept { return memory_ != nullptr; }

 private:
  void* memory_ = nullptr;
  void* earlier_memory_ = nullptr;
  std::size_t earlier_size_ = 0;
  int earlier_flags_ = 0;
};

}  // namespace stealyard::fiber
