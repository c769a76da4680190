// worker: one per processor the scheduler uses. Everything here belongs to its owner unless it says otherwise.
#pragma once
#include "core/sched/private_slots.hpp"
#include "core/sched/shelf.hpp"
#include "core/sched/task.hpp"

#include <cstdint>
#include <vector>

namespace stealyard::sched {

template <class P>
class scheduler;

// How many there may ever be, of a scheduler that begins with so many.
template <class P>
constexpr unsigned room_for(unsigned workers) noexcept {
  if constexpr (requires { P::most_workers; }) {
    return P::most_workers;
  } else {
    return workers;
  }
}

template <class P>
struct alignas(line_size) worker {
  using W = typename P::world;

  worker(scheduler<P>& s, unsigned i, typename P::parts& parts)
      : owner(s), index(i), queue(parts.make_run_queue()), parker(parts.make_parker()) {}

  // The hot line.
  task<P>* current = nullptr;            // what runs now
  task<P>* pending = nullptr;            // for the base loop we are about to enter: run this first
  typename P::stack* entering = nullptr; // the stack whose base loop is entered for the first time
  // Picks until the next look at the queues that would otherwise starve. Others read it as a hint of whether we are stuck in one task.
  atomic<W, std::uint32_t> until_fair{61};
  unsigned fair_turn = 0;                // which of those has the first look
  scheduler<P>& owner;
  const unsigned index;
  typename P::worker_extras extras;
  shelf<typename P::stack, P::most_idle_stacks> free_stacks;

  typename P::run_queue queue;           // anyone steals
  private_slots<P> slots;                // anyone revokes
  typename P::parker parker;             // anyone unparks

  // Home: the stack of the thread that is in this worker (run_worker), to which the last base loop returns.
  typename P::place* home = nullptr;
  typename P::stack* home_stack = nullptr;

  // What this worker, when idle, last saw of the others: see stuck_watch.
  std::vector<std::uint32_t> picks_seen;
  nanoseconds_t watch_period = 0;
};

}  // namespace stealyard::sched
