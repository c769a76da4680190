// bubble: virtual time for tests, Go's synctest. Inside, the clock stands still while any goroutine of the bubble can run, and jumps to
// the next timer when all are durably blocked: tests of timeouts take no time and never depend on it. The clock begins at zero.
//
// Beyond Go: goroutines of one bubble run one at a time, and which of those that are ready goes on is drawn from the seed. So a run
// repeats exactly, on any number of workers and whatever the parts, but for those that decide who is served (channel_buffer, selector);
// other seeds try other orders.
// Durably blocked is who waits in sleep, cond, wait_group, bubble_wait, on a nil channel, or on channels made in the bubble. Who waits for
// a mutex or for anything outside may be woken by it at any moment, and holds the time.
#pragma once
#include "core/go/run.hpp"

#include <cstdint>
#include <functional>

namespace stealyard {

struct bubble_options {
  std::uint64_t seed = 0;  // 0: the run's
};

namespace detail {
void run_bubble(const std::function<void()>& f, const bubble_options& o);
}

// Runs f, and every goroutine started in it, in a bubble; returns when all of them have ended. Timers that are armed still are dropped.
// Panics `deadlock: all goroutines in bubble are blocked` if nothing can happen any more (they then stay blocked), `synctest.Run called
// from within a synctest bubble`, and outside a goroutine. A panic inside ends the process, as in any goroutine.
// Channels made inside panic if they are used outside, as do timers. What the bubble's goroutines did goes before the return.
template <class F>
void bubble(F&& f, const bubble_options& o = {}) {
  detail::run_bubble(std::ref(f), o);
}

// Returns once every other goroutine of the bubble is durably blocked; the clock stands still meanwhile. Panics `goroutine is not in a
// bubble` and, if another goroutine of the bubble waits already, `wait already in progress`. What the others did before they blocked goes
// before its return.
void bubble_wait();

}  // namespace stealyard
