// cond: Go's sync.Cond.
#pragma once
#include "core/go/cond_core.hpp"
#include "core/sched/product.hpp"

namespace stealyard {

// A place to wait for a change of what m guards. m is anything with lock() and unlock(): a mutex, an rw_mutex, a std::unique_lock …;
// it must outlive the cond. Goroutines and foreign threads alike may call anything.
//
//     m.lock();
//     while (!ready) c.wait();
//     m.unlock();
class cond {
  cond_core<sched::product> core_;
  void* const lockable_;
  void (*const lock_)(void*);
  void (*const unlock_)(void*);
  [[no_unique_address]] fiber::sync_clock signalled_;  // Go's edge

 public:
  template <class Lockable>
  explicit cond(Lockable& m) noexcept
      : lockable_(&m),
        lock_([](void* l) { static_cast<Lockable*>(l)->lock(); }),
        unlock_([](void* l) { static_cast<Lockable*>(l)->unlock(); }) {}
  cond(const cond&) = delete;
  cond& operator=(const cond&) = delete;

  // With m locked. Unlocks it, sleeps until signal or broadcast, and locks it again; never returns without one, but what it told of may
  // be gone again: wait in a loop.
  void wait() {
    const auto ticket = core_.take_ticket();
    unlock_(lockable_);
    try {
      sleep(ticket);
      lock_(lockable_);
    } catch (const sched::goexit_signal&) {
      lock_(lockable_);  // whoever unwinds from here has it locked, and unlocks it
      throw;
    }
  }
  // Wakes the one who has waited longest, if anybody waits. With or without m locked; happens before the wait that it ends returns.
  void signal() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    signalled_.merge();
    core_.signal();
  }
  // Wakes everybody who waits.
  void broadcast() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    signalled_.merge();
    core_.broadcast();
  }

 private:
  template <class Ticket>
  void sleep(Ticket ticket) {
    [[maybe_unused]] const fiber::runtime_section inside;
    core_.wait(ticket, "sync.Cond.Wait");
    signalled_.acquire();
  }
};

}  // namespace stealyard
