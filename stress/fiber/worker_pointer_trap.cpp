// Compiled at several optimization levels: what a computation reads when it goes on upon another thread at every switch.
#include "stress/fiber/worker_pointer_trap.hpp"

#include "core/fiber/worker_pointer.hpp"
#include "stress/fiber/strands.hpp"

#include <atomic>
#include <cerrno>
#include <thread>

namespace stealyard::fiber::STEALYARD_TRAP {
namespace {

struct record {
  int id = 0;
  int touched = 0;
};
thread_local record naive_records[4];  // the wrong way
volatile int zero = 0;
char token;  // what hand_over and take_over agree on

// The switch is inlined here, as it is in a goroutine's park.
trap_counts migrate(int switches) {
  trap_counts counts;
  stack::slab_guard stacks({.stride = 64 << 10, .most = 4});
  static context host_context;
  static fiber* host;
  static fiber* guest;
  static record* truth;       // written by the resuming thread, read by the strand: no thread-local storage involved
  static trap_counts* result;
  static int rounds;
  result = &counts;
  rounds = switches;
  guest = create_fiber(stacks.acquire(), [](void*) {
    take_over(&token);
    for (int i = 0; i != rounds; ++i) {
      // What is touched before the switch is what a compiler keeps the address of.
      naive_records[zero].touched = i;
      errno = 0;
      result->accessor_wrong += worker_pointer() != truth;
      result->call_wrong += worker_pointer_by_call() != truth;
      set_errno_here(i + 1);
      result->errno_wrong += errno_here() != i + 1;
      fiber& own = *guest;
      fiber& to = *host;
      hand_over(&token);
      switch_fiber(own.base, own, host_context, to, nullptr);
      take_over(&token);
      result->naive_wrong += naive_records[zero].id != truth->id;
      result->naive_errno_wrong += errno != truth->id;
      result->errno_wrong += errno_here() != truth->id;
      result->accessor_wrong += worker_pointer() != truth;
      result->call_wrong += worker_pointer_by_call() != truth;
    }
    fiber& own = *guest;
    fiber& to = *host;
    hand_over(&token);
    leave_fiber(own, host_context, to, nullptr);
  });
  // Two threads by turns: each has its own thread-local storage for as long as the strand lives.
  std::atomic<int> turn{0};
  auto thread = [&](int me) {
    fiber own;
    adopt_this_thread(own);
    record mine;
    set_worker_pointer(&mine);
    for (int i = me; i <= switches; i += 2) {
      while (turn.load(std::memory_order::acquire) != i) std::this_thread::yield();
      mine.id = 10 + i;
      naive_records[0].id = mine.id;
      set_errno_here(mine.id);
      truth = &mine;
      host = &own;
      fiber& to = *guest;
      hand_over(&token);
      switch_fiber(host_context, own, to.base, to, nullptr);
      take_over(&token);
      turn.store(i + 1, std::memory_order::release);
    }
    set_worker_pointer(nullptr);
  };
  std::thread other(thread, 1);
  thread(0);
  other.join();
  stacks.release(destroy_fiber(guest));
  return counts;
}

}  // namespace
trap_counts run(int switches) { return migrate(switches); }
}  // namespace stealyard::fiber::STEALYARD_TRAP
