// threads: the operating system's threads that run workers, and how to stop them all where they stand.
//
// Every thread that enters a worker holds a `runtime_thread`, in a table that signal handlers can read. One signal (SIGURG, which
// nothing else sends uninvited, and which is ignored by default) means: look what is wanted of you.
//   nudge           the monitor's: a goroutine has had its time slice (preempt.hpp)
//   freeze_others   each other thread notes its frames and stands still for good. Before a dump that ends the process.
#pragma once
#include "core/fiber/stack_overflow.hpp"
#include "core/fiber/traceback.hpp"
#include "core/sched/product.hpp"

#include <cstdint>
#include <sys/types.h>

namespace stealyard::sched {

class runtime_thread {
 public:
  static constexpr unsigned most = 1024;  // as many as there are participants

  // On the thread it stands for, for as long as it may run a worker. Gives it a stack for signals.
  runtime_thread() noexcept;
  ~runtime_thread();
  runtime_thread(const runtime_thread&) = delete;
  runtime_thread& operator=(const runtime_thread&) = delete;

  pid_t id() const noexcept { return id_; }

  // Once frozen: where its stack pointer was, and its frames.
  bool frozen() const noexcept { return frozen_.load(acquire) != 0; }
  std::uintptr_t stack_pointer() const noexcept { return stack_pointer_; }
  const fiber::traceback& frames() const noexcept { return frames_; }

  // The goroutine that is wired to this thread (region.hpp); its own business.
  struct wire {
    product_task* task = nullptr;
    product_scheduler* owner = nullptr;
    product::place* home = nullptr;
    product::stack* home_stack = nullptr;
    unsigned depth = 0;
  } wired;

  // In a signal handler, on its own thread.
  void note_place(const void* machine) noexcept;

 private:
  const pid_t id_;
  unsigned place_ = most;
  atomic<real, std::uint32_t> frozen_{0};
  std::uintptr_t stack_pointer_ = 0;
  fiber::traceback frames_;
  fiber::alternate_stack for_signals_;
};

// The system's id of the calling thread.
pid_t this_thread_id() noexcept;

// The table's entry i, or null. i < runtime_thread::most.
runtime_thread* thread_at(unsigned i) noexcept;
// The calling thread's own, or null.
runtime_thread* this_runtime_thread() noexcept;

// Takes SIGURG over, unless somebody has it already. Idempotent.
void listen_for_signals() noexcept;

// Makes the thread look what is wanted of it.
void nudge(pid_t thread) noexcept;

// Returns once every other runtime thread stands still: true; or after two seconds, as on a machine that gives a thread no time: false,
// and some may run on. There is no thaw. In a signal handler.
bool freeze_others() noexcept;

}  // namespace stealyard::sched
