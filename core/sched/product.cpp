#include "core/sched/product.hpp"

#include "core/sched/fatal.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/region.hpp"
#include "core/sched/threads.hpp"

#include <algorithm>
#include <new>

namespace stealyard::sched {

fiber::fiber& product::new_stack(product_worker& w) noexcept {
  goroutine_pool& pool = *w.owner.pool;
  const stack_block block = pool.stacks().acquire();
  if (block.low == nullptr) fatal_out_of_stacks(pool.stacks().counters());
  fiber::fiber* made = fiber::create_fiber(block, &base_loop<product>);
  pool.created(made);
  return *made;
}

void product::enter_worker(product_worker& w) noexcept {
  fiber::set_worker_pointer(&w);
  w.extras.exceptions = fiber::exception_globals_here();
  fiber::adopt_this_thread(*w.home_stack);
  w.extras.thread.store(this_thread_id(), relaxed);
}

void product::leave_worker(product_worker&) noexcept { fiber::set_worker_pointer(nullptr); }

void product::refill(product_worker& w) noexcept {
  auto& extras = w.extras;
  goroutine_pool& pool = *w.owner.pool;
  if (extras.next_id == extras.last_id) {
    extras.next_id = pool.take_ids();
    extras.last_id = extras.next_id + goroutine_pool::id_block;
  }
  if (extras.free_tasks == nullptr) {
    try {
      extras.free_tasks = pool.take_batch();
    } catch (const std::bad_alloc&) {
      fatal_out_of_memory();
    }
    extras.free_count = goroutine_pool::batch;
  }
}

// Keeps most, gives one batch back: goroutines that start on one worker and end on another must not pile up there.
void product::flush(product_worker& w) noexcept {
  auto& extras = w.extras;
  product_task* first = extras.free_tasks;
  product_task* last = first;
  for (std::size_t i = 1; i != goroutine_pool::batch; ++i) last = last->next;
  extras.free_tasks = last->next;
  extras.free_count -= goroutine_pool::batch;
  w.owner.pool->give_batch(first, last);
}

product_worker* product::come_back(product_task& t) noexcept {
  return_home(t);
  return worker_here();
}

std::uint32_t product::distance(const product_scheduler& s, unsigned a, unsigned b) noexcept {
  return s.distances[std::size_t{a} * s.workers() + b];
}

void product::nothing_can_happen(product_scheduler& s) noexcept {
  if (s.foreign.load(seq_cst) != 0 || s.away.load(seq_cst) != 0) return;
  if (!s.all_at_rest()) return;  // a foreign thread made something ready between the first look and its leaving
  fatal_deadlock(s);
}

std::vector<product_task*> goroutine_pool::alive() const {
  std::vector<product_task*> found;
  for_each_alive([&](product_task& t) { found.push_back(&t); });
  std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->id.load(relaxed) < b->id.load(relaxed); });
  return found;
}

}  // namespace stealyard::sched
