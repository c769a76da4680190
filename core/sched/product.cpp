#include "core/sched/product.hpp"

#include "core/sched/fatal.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/places.hpp"
#include "core/sched/region.hpp"
#include "core/sched/threads.hpp"

#include <algorithm>
#include <functional>
#include <malloc.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace stealyard::sched {

fiber::fiber& product::new_stack(product_worker& w) noexcept {
  goroutine_pool& pool = *w.owner.pool;
  w.free_stacks.refill([&](fiber::fiber** into) noexcept { return pool.take_idle_stacks(into); });
  if (!w.free_stacks.empty()) return w.free_stacks.take();
  const stack_block block = pool.stacks().acquire();
  if (block.low == nullptr) fatal_out_of_stacks(pool.stacks().counters());
  fiber::fiber* made = fiber::create_fiber(block, &base_loop<product>);
  try {
    pool.created(made);
  } catch (const std::bad_alloc&) {
    fatal_out_of_memory();
  }
  return *made;
}

// Keeps most: stacks that are taken on one worker and end on another must not pile up there. The newest stays in any case: the caller
// is still running on it.
void product::flush_stacks(product_worker& w) noexcept {
  w.free_stacks.spill(goroutine_pool::stack_batch, [&](auto oldest) noexcept { w.owner.pool->give_idle_stacks(oldest); });
}

void product::check_canary(product_task& t) noexcept {
  const fiber::fiber& stack = *t.stack;
  const abstract_stack& source = worker_here()->owner.pool->source_of(stack.low);
  if (!source.intact({stack.low, stack.size})) fatal_overflow_found_late(t, stack.size);
}

#if defined(STEALYARD_TSAN_GO)
void product::enter_base(stack& mine) noexcept {
  fiber::stay_in_runtime();
  mine.in_runtime = true;
}

namespace {

[[gnu::noinline]] void run_as_a_thread_of_tsan(fiber::fiber& mine, product_task& t) {
  void* const goroutine = fiber::make_identity();
  fiber::set_open_sections(0);
  fiber::assume_identity(mine, goroutine);
  t.started_after.acquire();
  if (t.unwinding != unwind_state::none) running_scheduler()->before_return.acquire();  // it never ran: its captures are destroyed
  t.entry(t);
  running_scheduler()->before_return.merge();
  fiber::assume_identity(mine, mine.own_identity);
  fiber::set_open_sections(1);
  fiber::drop_identity(goroutine, /*in_section=*/false);
}

}  // namespace

// Others ran on this stack: the goroutine begins some pages further down, and all from there on is new. What is in between belongs to
// the call that renews it; the guard is left alone.
void product::run_entry(stack& mine, product_task& t) {
  constexpr std::uintptr_t page = 4096, in_between = 4 * page, guard = 4 * page;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto low = (reinterpret_cast<std::uintptr_t>(mine.low) + guard + page - 1) / page * page;  // packed stacks begin anywhere
  const std::uintptr_t top = (here - in_between) / page * page;
  if (top <= low) fatal("a stack in a tsan-go build needs 64 KiB or more");
  fiber::renew_pages(reinterpret_cast<void*>(low), top - low);
  auto* volatile skipped = static_cast<char*>(__builtin_alloca(here - top));
  *skipped = 0;
  run_as_a_thread_of_tsan(mine, t);
}

void product::nobody_goes_on(product_scheduler& s) noexcept {
  s.pool->for_each_alive([&s](const product_task& t) noexcept {
    const bool started = t.stack != nullptr && t.stack->identity != t.stack->own_identity;
    if (started) s.before_return.merge_of(t.stack->identity);
  });
  s.before_return.acquire();
}
#else
void product::nobody_goes_on(product_scheduler&) noexcept {}
#endif

void product::enter_worker(product_worker& w) noexcept {
  fiber::set_worker_pointer(&w);
  w.extras.exceptions = fiber::exception_globals_here();
  fiber::adopt_this_thread(*w.home_stack);
  w.extras.thread.store(this_thread_id(), relaxed);
  w.extras.check_canaries = w.owner.pool->stacks().guard_kind() == "canary";
}

void product::leave_worker(product_worker&) noexcept { fiber::set_worker_pointer(nullptr); }

void product::go_home(product_worker& w) noexcept { w.extras.thread.store(0, relaxed); }

// What it has at hand goes to the others.
void product::retire(product_worker& w) noexcept {
  goroutine_pool& pool = *w.owner.pool;
  w.free_stacks.spill(w.free_stacks.count(), [&](auto all) noexcept { pool.give_idle_stacks(all); });
  w.extras.free_tasks.spill(w.extras.free_tasks.count(), [&](auto all) noexcept { pool.give_batch(all); });
}

void product::refill(product_worker& w) noexcept {
  auto& extras = w.extras;
  goroutine_pool& pool = *w.owner.pool;
  if (extras.next_id == extras.last_id) {
    extras.next_id = pool.take_ids();
    extras.last_id = extras.next_id + goroutine_pool::id_block;
  }
  if (extras.free_tasks.empty()) {
    try {
      extras.free_tasks.refill([&](product_task** into) { return pool.take_batch(into); });
    } catch (const std::bad_alloc&) {
      fatal_out_of_memory();
    }
  }
}

// Keeps most, gives one batch back: goroutines that start on one worker and end on another must not pile up there.
void product::flush(product_worker& w) noexcept {
  w.extras.free_tasks.spill(goroutine_pool::batch, [&](auto oldest) noexcept { w.owner.pool->give_batch(oldest); });
}

product_worker* product::come_back(product_task& t) noexcept {
  return_home(t);
  return worker_here();
}

std::uint32_t product::distance(const product_scheduler& s, unsigned a, unsigned b) noexcept { return s.places->distance(a, b); }

void product::nothing_can_happen(product_scheduler& s) noexcept {
  if (s.foreign.load(seq_cst) != 0 || s.away.load(seq_cst) != 0) return;
  if (!s.all_at_rest()) return;  // a foreign thread made something ready between the first look and its leaving
  fatal_deadlock(s);
}

fiber::fiber* goroutine_pool::make_main_stack() noexcept {
  const stack_block block = of_main_->acquire();
  if (!block) return nullptr;
  main_low_ = block.low;
  fiber::fiber* made = fiber::create_fiber(block, &base_loop<product>);
  try {
    created(made);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  return made;
}

std::size_t goroutine_pool::give_back() noexcept {
  give_back_stacks();
  const std::size_t stacks = stacks_->trim();
  std::size_t slabs = 0;
  try {
    slabs = give_back_slabs();
  } catch (const std::bad_alloc&) {
    slabs = 0;  // no room to sort them in: they stay
  }
  ::malloc_trim(0);
  return stacks + slabs;
}

void goroutine_pool::give_back_stacks() noexcept {
  std::vector<fiber::fiber*> idle;
  try {
    std::lock_guard lock(mutex_);
    idle.reserve(stacks_made_);  // takes the place of idle_stacks_, and has its room
    idle.swap(idle_stacks_);
  } catch (const std::bad_alloc&) {
    return;  // they stay
  }
  std::size_t gone = 0;
  for (fiber::fiber* f : idle) {
    if (f->low == main_low_) {  // main called goexit, and others went on upon its stack
      give_idle_stacks({&f, 1});
      continue;
    }
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
    {
      std::lock_guard lock(mutex_);
      created_.erase(f);
    }
#endif
    stacks_->release(fiber::destroy_fiber(f));
    ++gone;
  }
  std::lock_guard lock(mutex_);
  stacks_made_ -= gone;
}

// A slab goes if every one of its control blocks is in returned_: its whole pages, which then read as zero, as a control block that never
// was does (id 0: not alive).
std::size_t goroutine_pool::give_back_slabs() {
  std::lock_guard lock(mutex_);
  std::vector<product_task*> kept;
  kept.reserve(blocks_made_);
  std::vector<product_task*> idle = returned_;
  std::sort(idle.begin(), idle.end(), std::less<>());
  std::vector<slab*> slabs;
  for (slab* s = slabs_.load(relaxed); s != nullptr; s = s->before) slabs.push_back(s);
  std::sort(slabs.begin(), slabs.end(), std::less<>());
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  std::size_t freed = 0;
  auto at = idle.begin();
  for (slab* s : slabs) {
    const auto end = std::lower_bound(at, idle.end(), s->tasks + batch, std::less<>());
    if (end - at == batch) {
      const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(s->tasks) + page - 1) / page * page;
      const std::uintptr_t last = reinterpret_cast<std::uintptr_t>(s->tasks + batch) / page * page;
      if (first < last && ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED) == 0) freed += last - first;
      s->next_emptied = std::exchange(emptied_, s);
    } else {
      kept.insert(kept.end(), at, end);
    }
    at = end;
  }
  returned_.swap(kept);
  return freed;
}

std::vector<product_task*> goroutine_pool::alive() const {
  std::vector<product_task*> found;
  for_each_alive([&](product_task& t) { found.push_back(&t); });
  std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->id.load(relaxed) < b->id.load(relaxed); });
  return found;
}

}  // namespace stealyard::sched
