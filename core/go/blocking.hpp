// blocking: calls that put the thread to sleep without the runtime knowing; lock_os_thread: a goroutine with a thread of its own.
#pragma once
#include "core/sched/region.hpp"

#include <type_traits>
#include <utility>

namespace stealyard {

// Calls f, and returns what it returns or throws what it throws. f may block in the system: if it takes longer than 20 to 40 us
// (10 ms where that has not happened for a while), other goroutines get another thread to run on meanwhile. About 6 ns if it is quick.
// Within f this is a foreign thread to the runtime: f may send, receive and start goroutines, but not call goexit(), and yield() is the
// system's. The deadlock message is withheld while f runs. run() ends only after f has: a thread cannot be stopped. On a foreign thread:
// f(). Beyond 768 threads no more are made, and f keeps its worker.
template <class F>
decltype(auto) blocking(F&& f) {
  sched::product_worker* w = sched::product::worker_here();
  if (w == nullptr) [[unlikely]]
    return std::forward<F>(f)();
  sched::region outside(*w);
  using result = decltype(std::forward<F>(f)());
  if constexpr (std::is_void_v<result>) {
    std::forward<F>(f)();
    outside.leave();
  } else if constexpr (std::is_reference_v<result>) {
    auto&& got = std::forward<F>(f)();
    outside.leave();
    return static_cast<result>(got);
  } else {
    auto got = std::forward<F>(f)();
    outside.leave();
    return got;
  }
}

// Wires the calling goroutine to the thread it runs on, until as many calls of unlock_os_thread(): it runs on no other, and nobody else
// runs on it. The workers get another thread. To the runtime it is a foreign thread meanwhile, and the deadlock message is withheld.
// Some 20 us; blocking operations cost system calls. A goroutine that ends wired gives the thread back. Panics outside a goroutine.
void lock_os_thread();
// Without effect where nothing is wired, as in Go.
void unlock_os_thread();

}  // namespace stealyard
