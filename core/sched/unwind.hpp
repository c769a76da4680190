// unwind: the end of a run whose goroutines are unwound instead of discarded (core/decisions/0028). Every worker has left, and so has every
// thread of the runtime's: one thread, as worker 0, resumes one goroutine after another, and has it throw.
//
//   1. A goroutine that is resumed to unwind finds a post action, as after any switch; this one throws goexit_signal (run_post_action), out
//      of the very call that had parked it. So neither a wake-up nor a yield asks whether it is to unwind.
//   2. One that was queued throws as it is. One that waits still is *roused*: nobody has woken it, and others find it in lists. Where it
//      waits, the exception is caught; it takes itself out, under the list's lock, and throws on. If somebody else had just taken it
//      out, to wake it (a foreign thread; another that unwinds), it first parks until he has.
//   3. Whatever parks from then on leads home, since the scheduler is stopping (pick_local, find_work), that is, to us. We run what was
//      woken, then the next.
//
//   none ─ is found in a queue → queued ─ throws → told ─ parks in a destructor, is woken → told …
//        ─ waits → roused ─ throws ─ is woken → told
//   queued, roused ─ an exception is on its way there already: nothing may be thrown → refused ─ is woken → queued
//   any ─ std::terminate, or preempted by signal → given_up: never resumed
#pragma once
#include "core/sched/product.hpp"

namespace stealyard::sched {

// By the thread that called run(), after its workers and all other threads of the runtime have returned. Afterwards, what is alive
// still is to be discarded. At most a second longer than destructors run and wait for each other.
void unwind_goroutines(product_scheduler& s);

// In the terminate handler, for a goexit_signal that could go no further: does not return if the goroutine was told to unwind.
void give_up_if_unwinding() noexcept;

}  // namespace stealyard::sched
