// goexit_signal: what a goroutine unwinds by, from goexit(), and at the end of a run that unwinds those still alive (unwind.hpp).
#pragma once

namespace stealyard::sched {

[[noreturn, gnu::cold]] void fatal_goexit_swallowed() noexcept;

// No std::exception, so that only catch (...) can stop it. One that does not rethrow destroys it before it reached the base of the
// goroutine: that is fatal.
struct goexit_signal {
  mutable bool at_the_base = false;
  ~goexit_signal() {
    if (!at_the_base) fatal_goexit_swallowed();
  }
};

}  // namespace stealyard::sched
