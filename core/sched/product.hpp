// product: the platform of real goroutines on real threads: what the worker loop is instantiated with in the library.
#pragma once
#include "core/fiber/exception_globals.hpp"
#include "core/fiber/fiber.hpp"
#include "core/fiber/worker_pointer.hpp"
#include "core/sched/minutes.hpp"
#include "core/sched/parts.hpp"
#include "core/sched/timers.hpp"
#include "core/sched/worker_loop.hpp"
#include "core/world/real.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <type_traits>
#include <vector>

namespace stealyard {
class mutex;
}

namespace stealyard::sched {

using product_scheduler = scheduler<product>;
using product_worker = worker<product>;

// Of a goroutine at the end of a run that unwinds: unwind.hpp.
enum class unwind_state : unsigned char { none, queued, roused, told, refused, given_up };

class goroutine_pool;
class foreign_entry;
class bubble;
class netpoll;
class thread_crew;
class worker_places;

struct product {
  using world = real;
  using place = fiber::context;
  using stack = fiber::fiber;
  using parts = part_choice;
  using run_queue = part_choice::queue;
  using parker = erased_parker;
  using idle = erased_idle;
  using victim = erased_victim;
  using timers = worker_timers<product>;
  using timer_queue = erased_timer_queue;
  using reason = wait_reason;
  using visit = foreign_entry;
  static constexpr unsigned most_workers = 256;
  static constexpr bool watches_stuck_workers = true;
  static constexpr unsigned spin_rounds = 4, spin_pauses = 30;  // before a mutex parks, as in Go

  struct task_extras {
    static constexpr std::size_t closure_bytes = 48;  // with them a control block is two cache lines
    // Read by dumps while others run, hence atomic; written by plain stores all the same.
    atomic<real, std::uint64_t> id{0};        // 0: not alive
    atomic<real, std::uint64_t> waits{0};     // a wait_reason, and since which minute: see minutes.hpp. 0: runs, or could
    atomic<real, std::source_location> created_at;
    atomic<real, std::uint64_t> created_by{0};
    bubble* of_bubble = nullptr;              // of virtual time, in which it runs; null: none
    bool waits_outside = false;               // of that; under the bubble's lock
    bool preempted = false;                   // by signal: it is suspended where no call is
    unwind_state unwinding = unwind_state::none;
    bool unborn = false;                      // it has a stack from birth, and has not started
    [[no_unique_address]] fiber::sync_clock started_after{};  // Go's edge: the go statement goes before the goroutine
    alignas(16) std::byte closure[closure_bytes];
  };

  struct worker_extras {
    fiber::exception_globals* exceptions = nullptr;  // this thread's
    std::uint64_t next_id = 0;                       // ids are taken in blocks
    std::uint64_t last_id = 0;
    bool check_canaries = false;                     // stacks have no guard pages
    atomic<real, std::uint64_t> started{0};          // written by the owner, read by num_goroutine (relaxed: a count)
    atomic<real, std::uint64_t> ended{0};
    atomic<real, std::int32_t> thread{0};            // that is in this worker: the system's id of it

    atomic<real, std::uint32_t> asked_to_yield{0};   // by the monitor: core/sched/preempt.hpp

    // Odd while what runs here is in a blocking region: core/sched/region.hpp.
    atomic<real, std::uint64_t> region{0};

    shelf<product_task, 512> free_tasks;
  };

  struct scheduler_extras {
    explicit scheduler_extras(part_choice& p) : used(p) {}
    part_choice& used;
    goroutine_pool* pool = nullptr;
    product_task* main = nullptr;
    bool main_called_goexit = false;
    std::uint64_t run_number = 0;            // from 1 on: which run() this is
    bool eager_stacks = false;
    std::size_t stack_size = 0;              // of goroutines, as asked for
    std::uint64_t seed = 1;
    bool reports_leaks = false;
    thread_crew* crew = nullptr;
    mutex* changes_workers = nullptr;        // who holds it changes their number
    atomic<real, std::uint32_t> regions_watched{0};  // by the monitor
    // Goroutines that run outside any worker, or wait for a descriptor: something may yet happen.
    atomic<real, std::uint32_t> away{0};
    real::mutex poller_mutex;
    std::shared_ptr<netpoll> poller;         // under poller_mutex; made when first needed
    atomic<real, std::uint32_t> foreign{0};  // attached foreign threads: they may yet make something happen
    unsigned channel_buffer = 0;             // index into the registry
    unsigned selector = 0;                   // the same
    [[no_unique_address]] fiber::sync_clock before_return{};  // ours: what goroutines did goes before the return, and who unwinds
    const worker_places* places = nullptr;
    atomic<real, std::uint64_t> started_by_foreign{0};
  };

#if defined(STEALYARD_PERTURBED)
  // Half of all goroutines that wake or yield: they change workers at every chance.
  static bool sends_away(product_worker& w) noexcept;
#endif

  // Goroutines in a bubble of virtual time block and are woken by way of it (core/go/bubble.cpp).
  static bool in_bubble(const product_task& t) noexcept { return t.of_bubble != nullptr; }
  static void park_in_bubble(product_worker& w, post_action& after, reason why);
  static void wake_in_bubble(product_task& t) noexcept;
  static nanoseconds_t now_here() noexcept;
  static std::uint32_t random_here(std::uint32_t n) noexcept;

  // See waiter.
  static bool roused() noexcept;
  static void await_wake() noexcept;

  static product_worker* worker_here() noexcept { return static_cast<product_worker*>(fiber::worker_pointer()); }

  STEALYARD_FORCE_INLINE static inline void* switch_to(product_worker& w, place& from, stack& from_stack, place& to, stack& to_stack,
                                                       void* arg) noexcept {
    return fiber::keeping_exceptions(
        w.extras.exceptions, [&]() STEALYARD_FORCE_INLINE -> void* { return fiber::switch_fiber(from, from_stack, to, to_stack, arg); });
  }

  static constexpr std::uint32_t most_idle_stacks = 256;  // that a worker keeps for itself
  static stack& new_stack(product_worker& w) noexcept;
  [[gnu::noinline]] static void flush_stacks(product_worker& w) noexcept;
  STEALYARD_FORCE_INLINE static inline void foresee(product_worker& w) noexcept;
  [[gnu::noinline]] static void check_canary(product_task& t) noexcept;
#if defined(STEALYARD_TSAN_GO)
  // Each goroutine is a thread of TSan's, on whatever stack it runs; so is each base loop, for what it does itself.
  static void enter_base(stack& mine) noexcept;
  static void run_entry(stack& mine, product_task& t);
#endif
  static void nobody_goes_on(product_scheduler& s) noexcept;  // run() is about to return
  static void enter_worker(product_worker& w) noexcept;
  static void leave_worker(product_worker& w) noexcept;
  static void go_home(product_worker& w) noexcept;  // its thread leaves it
  static void retire(product_worker& w) noexcept;   // nobody will be in it for a while
  static void recycle(product_worker& w, product_task& t) noexcept;
  [[gnu::cold]] static product_worker* come_back(product_task& t) noexcept;
  static std::uint32_t distance(const product_scheduler& s, unsigned a, unsigned b) noexcept;
  static void nothing_can_happen(product_scheduler& s) noexcept;

  // null: it waits no more. One relaxed load and a store, for what a dump will say.
  STEALYARD_FORCE_INLINE static inline void note_reason(product_task& t, reason why) noexcept {
    t.waits.store(why == nullptr ? 0 : stamped(why), relaxed);
  }

  // A goroutine without its closure: the caller fills closure and entry, then makes it ready.
  STEALYARD_FORCE_INLINE static inline product_task& make_task(product_worker& w, std::source_location site) noexcept;
  [[gnu::noinline]] static void refill(product_worker& w) noexcept;
  [[gnu::noinline]] static void flush(product_worker& w) noexcept;
};

// The scheduler that runs now; null outside run(). Foreign threads hold it with foreign_entry while they use it.
product_scheduler* running_scheduler() noexcept;

// While one lives, run() does not end under the foreign thread's feet. Empty if no scheduler runs.
class foreign_entry {
  product_scheduler* scheduler_;

 public:
  foreign_entry() noexcept;
  ~foreign_entry();
  foreign_entry(const foreign_entry&) = delete;
  foreign_entry& operator=(const foreign_entry&) = delete;
  product_scheduler* scheduler() const noexcept { return scheduler_; }
};

#if defined(STEALYARD_PERTURBED)
inline bool product::sends_away(product_worker& w) noexcept { return w.owner.workers() > 1 && real::random(2) == 0; }
#endif

// Each is in no cache once a million are parked: a third line would be read and written back again for nothing.
static_assert(sizeof(product::place) != sizeof(void*) || !std::is_empty_v<fiber::sync_clock> || sizeof(product_task) == 128);

// Into the cache, to be written; where there is no memory, nothing.
template <std::size_t Bytes>
STEALYARD_FORCE_INLINE inline void fetch_lines(const void* from) noexcept {
  for (std::size_t at = 0; at < Bytes; at += 64) __builtin_prefetch(static_cast<const std::byte*>(from) + at, 1);
}

// The header, and what is below it, as deep as the stack of a goroutine that does nothing but receive.
inline void product::foresee(product_worker& w) noexcept {
  constexpr std::size_t depth = 576;
  fetch_lines<depth + sizeof(stack)>(reinterpret_cast<const std::byte*>(w.free_stacks.soon()) - depth);
}

inline product_task& product::make_task(product_worker& w, std::source_location site) noexcept {
  auto& extras = w.extras;
  if (extras.free_tasks.empty() || extras.next_id == extras.last_id) [[unlikely]]
    refill(w);
  product_task& t = extras.free_tasks.take();
  fetch_lines<sizeof(product_task)>(extras.free_tasks.soon());
  t.created_at.store(site, relaxed);
  t.created_by.store(w.current != nullptr ? w.current->id.load(relaxed) : 0, relaxed);
  t.id.store(++extras.next_id, release);  // last: who reads it finds the rest
  extras.started.store(extras.started.load(relaxed) + 1, relaxed);
  return t;
}

inline void product::recycle(product_worker& w, product_task& t) noexcept {
  auto& extras = w.extras;
  if (extras.check_canaries) [[unlikely]]
    check_canary(t);
  t.stack = nullptr;
  t.id.store(0u, relaxed);
  extras.ended.store(extras.ended.load(relaxed) + 1, relaxed);
  if (extras.free_tasks.put(t)) [[unlikely]]
    flush(w);
}

}  // namespace stealyard::sched
