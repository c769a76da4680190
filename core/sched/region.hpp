// region: a goroutine that runs outside its worker: in a blocking call, or wired to its thread.
//
// A blocking region starts by writing an odd number into its worker's `region`, and ends by raising it by one. Whoever raises it first
// has the worker: usually the thread itself, for one locked instruction. If the call lasts, the monitor does, and
// hands the worker to a spare thread. Numbers never come twice, so a look at an old one takes nothing from a new one.
//   thread    R1 forget the worker    R2 region = odd     R3 the call     R4 cas odd -> even    R5 the worker is ours again
//   monitor   sees the same odd number twice, 20 us apart, has a spare thread:   cas odd -> even, and the spare enters the worker
//   thread    whose R4 fails: parks the goroutine, from no worker, on the thread's own stack, makes it ready there, and rests as a spare
// In between, the thread is a foreign one to the runtime: it may send, receive and start goroutines as any other.
#pragma once
#include "core/sched/product.hpp"

namespace stealyard::sched {

// The monitor must know before the first region of a run.
[[gnu::cold]] void watch_regions(product_scheduler& s) noexcept;

class region {
 public:
  STEALYARD_FORCE_INLINE explicit region(product_worker& w) noexcept : region(w, fiber::runtime_section()) {}
  STEALYARD_FORCE_INLINE ~region() {
    if (!left_) leave();  // because of an exception: then nothing else is thrown
  }
  // Throws goexit_signal if the goroutine is told to unwind before a worker takes it up again.
  STEALYARD_FORCE_INLINE void leave() {
    [[maybe_unused]] const fiber::runtime_section inside;
    left_ = true;
    std::uint64_t seen = number_;
    if (worker_.extras.region.compare_exchange_strong(seen, number_ + 1, acquire, relaxed)) [[likely]] {  // R4
      fiber::set_worker_pointer(&worker_);  // R5
      product::note_reason(task_, nullptr);
    } else {
      park_at_home(task_, worker_.owner, *home_, *home_stack_);
    }
  }
  region(const region&) = delete;
  region& operator=(const region&) = delete;

  // On a thread without a worker, on task's stack: makes the task ready for any worker, once the thread has left its stack for home.
  // Returns on whatever worker took it up.
  static void park_at_home(product_task& task, product_scheduler& owner, product::place& home, product::stack& home_stack);

 private:
  // What it says of itself is the runtime's own; what is done in it is not.
  STEALYARD_FORCE_INLINE region(product_worker& w, const fiber::runtime_section&) noexcept
      : worker_(w), task_(*w.current), home_(w.home), home_stack_(w.home_stack), number_(w.extras.region.load(relaxed) + 1) {
    if (w.owner.regions_watched.load(relaxed) == 0) [[unlikely]]
      watch_regions(w.owner);
    product::note_reason(task_, "syscall");
    fiber::set_worker_pointer(nullptr);       // R1
    w.extras.region.store(number_, release);  // R2
  }

  product_worker& worker_;
  product_task& task_;
  product::place* home_;
  product::stack* home_stack_;
  std::uint64_t number_;
  bool left_ = false;
};

// Wires the running goroutine to its thread: the worker goes to another one, for good. False: there is no other.
bool leave_worker_for_good(product_worker& w);
// The goroutine that is wired to the calling thread, or null.
product_task* wired_here() noexcept;
// Its scheduler. Only where there is one.
product_scheduler& wired_scheduler() noexcept;
// One nesting less; at the last one the goroutine goes back to the workers.
void unwire();
void wire_deeper() noexcept;
// The same at once, for a goroutine that ends while it is wired.
void return_home(product_task& t);

}  // namespace stealyard::sched
