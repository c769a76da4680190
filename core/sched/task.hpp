// task: what the scheduler runs. The product's task is a goroutine; a checking world's is a plain function. The worker loop is the same.
#pragma once
#include "core/world/concept.hpp"

namespace stealyard::sched {

// What must happen after a context was saved (unlock the channel, publish the waiter, requeue) runs on the *next* stack: before it,
// nobody can resume the task that parked, so nobody runs on two stacks and no wake-up is lost. It lives on the parked stack; once
// run() has published the task, it may be gone: run() touches nothing of it afterwards.
// It does not throw, but for one that whoever resumes a task sends along, to have it unwind (unwind.hpp): so what parks may throw.
struct post_action {
  void (*run)(post_action&);
};

STEALYARD_FORCE_INLINE inline void run_post_action(void* arrived) {
  if (arrived != nullptr) {
    auto* action = static_cast<post_action*>(arrived);
    action->run(*action);
  }
}

template <class P>
struct alignas(64) task : P::task_extras {
  typename P::place place;               // where it goes on, while parked
  typename P::stack* stack = nullptr;    // null: fresh, it has never run and has no stack
  task* next = nullptr;                  // link of the list it is in: global queue, yielded list
  void (*entry)(task&) = nullptr;
};

}  // namespace stealyard::sched
