// rw_mutex: Go's sync.RWMutex.
#pragma once
#include "core/go/mutex.hpp"
#include "core/go/rw_mutex_core.hpp"

namespace stealyard {

// Many readers or one writer. SharedMutex: std::shared_lock, unique_lock and the others work. Belongs to nobody, as mutex. A waiting
// writer blocks new readers, so a goroutine must not lock it for reading twice: the two could wait for each other for ever.
// Goroutines and foreign threads alike may call anything.
class rw_mutex {
  rw_mutex_core<sched::product> core_;
  [[no_unique_address]] fiber::sync_clock unlocked_;         // Go's edges: of the last writer; whoever has the mutex has it
  [[no_unique_address]] fiber::sync_clock unlocked_shared_;  // of all readers before the next writer

  void writer_enters() noexcept {
    unlocked_.acquire();
    unlocked_shared_.acquire();
  }

 public:
  rw_mutex() = default;
  rw_mutex(const rw_mutex&) = delete;
  rw_mutex& operator=(const rw_mutex&) = delete;

  void lock() {
    [[maybe_unused]] const fiber::runtime_section inside;
    sched::cooperate();
    core_.lock("sync.RWMutex.Lock");
    writer_enters();
  }
  bool try_lock() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const bool taken = core_.try_lock();
    if (taken) writer_enters();
    return taken;
  }
  // One that is not locked for writing: `fatal error: sync: Unlock of unlocked RWMutex`.
  void unlock() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    unlocked_.release();
    if (!core_.unlock()) [[unlikely]]
      detail::fatal_misuse("sync: Unlock of unlocked RWMutex");
  }

  STEALYARD_FORCE_INLINE void lock_shared() {
    [[maybe_unused]] const fiber::runtime_section inside;
    sched::cooperate();
    core_.lock_shared("sync.RWMutex.RLock");
    unlocked_.acquire();
  }
  // False: a writer holds it, or waits.
  bool try_lock_shared() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const bool taken = core_.try_lock_shared();
    if (taken) unlocked_.acquire();
    return taken;
  }
  // One that nobody locked for reading: `fatal error: sync: RUnlock of unlocked RWMutex`.
  STEALYARD_FORCE_INLINE void unlock_shared() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    unlocked_shared_.merge();
    if (!core_.unlock_shared()) [[unlikely]]
      detail::fatal_misuse("sync: RUnlock of unlocked RWMutex");
  }
};

}  // namespace stealyard
