// options: how run() sets the scheduler up. A field set in code wins over STEALYARD_<FIELD> in the environment, which wins over the
// default.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace stealyard {

// lazy: a goroutine gets a stack of its own only when it first parks. eager: from birth, as most fiber libraries do it.
enum class stack_birth : unsigned char { lazy, eager };

// What becomes of goroutines that are still blocked when main returns: nothing is said (as in Go); they are listed on stderr;
// they are listed and run() returns 1. Those that could run on are given up to 50 ms to end or to block.
enum class leak_check : unsigned char { off, report, fail };

// What becomes of goroutines that are still alive when main returns.
// discard: nothing more happens to them. Their memory is taken back; destructors do not run.
// unwind: each is resumed, and the call of the runtime in which it waits, or was about to go on, ends with the exception of goexit(), so
// that destructors run, on its own stack. One that never started only has what it holds destroyed. In the reverse order of descent, one at
// a time on the thread that called run(): a goroutine goes before the one that started it, whose variables it may use. Main's variables
// are gone by then: nothing that destructors or the waits themselves touch may be among them (channels by value; mutexes and the like
// static or shared).
//   - Destructors may use the runtime as ever, and wait for each other. What waits for a timer or a foreign thread then gets a second, all
//     in all. What waits in vain, or is in a noexcept function further down, is discarded, as is what was preempted by signal.
//   - Goroutines that are started meanwhile do not run: what they hold is destroyed. Descriptors that would wait say they are closed.
//   - One that computes, never calls the runtime and is not preemptible keeps run() from ending, as with discard.
enum class exit_policy : unsigned char { discard, unwind };

struct options {
  unsigned workers = 0;  // 1 .. 256; 0: the allowed CPUs, capped by the cgroup quota
  std::string run_queue{};  // names as in `scripts/stealyard list`; empty: the default
  std::string channel_buffer{};
  std::string parker{};
  std::string idle{};
  std::string victim{};
  std::string timer_queue{};
  std::string selector{};  // how a select waits; where it cannot have a lock-free channel that takes part, one that can does it
  std::string stack{};
  // Bytes of address space a goroutine's stack, guard included; 0: 64 KiB. Accepted with guard pages: 16 KiB .. 1 GiB in whole pages;
  // slab_canary: from 2 KiB (ucontext: 13 KiB) in steps of 64. The main goroutine has 8 MiB, or this if it is more.
  // A stack under 16 KiB holds every way to wait, and little besides: a goroutine on it must not throw, panic or print.
  std::size_t stack_size = 0;
  stack_birth stacks = stack_birth::lazy;
  std::uint64_t seed = 0;  // of the schedulers' random choices; 0: a fixed seed
  // How long a goroutine may keep its worker from others: 50 us to 10 s; negative: for ever. 0: 10 ms if the program declares a function
  // STEALYARD_PREEMPTIBLE, else for ever. It then yields in such a function, wherever it is, and elsewhere at its next channel operation,
  // select, lock or go. From the environment in microseconds, or "off".
  std::chrono::nanoseconds preempt_slice{0};
  leak_check leaks = leak_check::off;
  exit_policy on_exit = exit_policy::discard;  // unwind needs stacks of 16 KiB or more
  std::string topology{};  // "", "xml:FILE", "synthetic:STRING"; places workers, see scripts/stealyard topology
  bool pin = false;  // bind each worker to its place
};

}  // namespace stealyard
