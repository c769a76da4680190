#include "core/go/run.hpp"

#include "core/fiber/stack_overflow.hpp"
#include "core/go/blocking.hpp"
#include "core/go/chan.hpp"
#include "core/go/preempt.hpp"
#include "core/go/settings.hpp"
#include "core/go/mutex.hpp"
#include "core/go/wait_group.hpp"
#include "core/sched/crew.hpp"
#include "core/sched/fatal.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/netpoll.hpp"
#include "core/sched/places.hpp"
#include "core/sched/preempt.hpp"
#include "core/sched/quit.hpp"
#include "core/sched/region.hpp"
#include "core/sched/threads.hpp"
#include "core/sched/unwind.hpp"
#include "core/topology/topology.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

namespace stealyard {

namespace sched {

namespace {

// The scheduler that runs now, and how many foreign threads are using it. run() ends only when nobody is.
atomic<real, product_scheduler*> the_scheduler{nullptr};
atomic<real, std::uint32_t> foreign_inside{0};

}  // namespace

product_scheduler* running_scheduler() noexcept { return the_scheduler.load(acquire); }

foreign_entry::foreign_entry() noexcept {
  foreign_inside.fetch_add(1u, seq_cst);  // pairs with retire(): it waits for us, or we see that it began
  scheduler_ = the_scheduler.load(seq_cst);
}
foreign_entry::~foreign_entry() { foreign_inside.fetch_sub(1u, release); }

}  // namespace sched

namespace {

using sched::product;
using sched::product_scheduler;
using sched::product_task;
using sched::product_worker;

// Address space for the main goroutine: what a process's main thread usually has, or what was asked for all if that is more.
std::size_t main_stack_size(std::size_t asked) noexcept {
  constexpr std::size_t usual = std::size_t{8} << 20, step = std::size_t{64} << 10;
  return std::max(usual, (asked + step - 1) / step * step);
}

// What a fresh context lies in, and the runtime's own frames. Kinds of stacks accept less than some context switches need.
constexpr std::size_t least_stack_size = fiber::chosen_switch::claims.least_size + 1024;

std::string too_small_for_switch(std::size_t size) {
  return "stack_size=" + std::to_string(size) + ": the context switch " + fiber::chosen_switch_name + " needs " +
         std::to_string(least_stack_size) + " at the least";
}

std::uint64_t next_run() noexcept {
  static atomic<real, std::uint64_t> runs{0};
  return runs.fetch_add(1u, relaxed) + 1;
}

int complain(const std::string& problem) {
  std::fprintf(stderr, "stealyard: %s\n", problem.c_str());
  return 2;
}

stack_block find_guard(void* owner, const void* address) noexcept {
  return static_cast<product_scheduler*>(owner)->pool->guarded_by(address);
}
void report_guard(void* owner, const fiber::stack_overflow& hit) noexcept {
  sched::report_stack_overflow(*static_cast<product_scheduler*>(owner), hit);
}

struct main_closure {
  product_scheduler* scheduler;
  std::function<int()>* body;
  int* status;
};

// For a leak report: lets whoever could run end or block, within reason.
void let_others_settle(product_scheduler& s) noexcept {
  const nanoseconds_t limit = real::now() + 50'000'000;
  do {
    yield();
  } while (!s.others_at_rest() && real::now() < limit);
}

void main_entry(product_task& me) {
  auto& c = *std::launder(reinterpret_cast<main_closure*>(me.closure));
  bool returned = false;
  auto body = [&] {
    *c.status = (*c.body)();
    returned = true;
  };
  detail::call_goroutine(body);
  if (returned) {
    if (c.scheduler->reports_leaks) let_others_settle(*c.scheduler);
    c.scheduler->stop();
    if (product_worker* w = product::worker_here()) w->until_fair.store(1u, relaxed);  // it looks before it picks anybody else
    c.scheduler->crew->stop();
  } else {
    c.scheduler->main_called_goexit = true;  // the others go on; when they are done, that is a deadlock
  }
}

void enter(product_scheduler& s, unsigned index, std::uint64_t seed) {
  [[maybe_unused]] const fiber::runtime_section whole;
  const sched::runtime_thread here;
  world::native_seed(seed * 0x9e3779b97f4a7c15u + index);
  s.crew->live(&s.at(index));
}

void run_workers(product_scheduler& s, std::uint64_t seed) {
  std::vector<std::thread> threads;
  for (unsigned i = 1, n = s.workers(); i < n; ++i) {
    threads.emplace_back([&s, i, seed] { enter(s, i, seed); });
  }
  enter(s, 0, seed);
  s.places->unbind_here();
  for (auto& t : threads) t.join();
}

// As of an eager goroutine: main has this stack from birth.
void start_main(product_scheduler& s, fiber::fiber& stack, std::function<int()>& body, int& status) {
  product_worker& first = s.at(0);
  product_task& t = product::make_task(first, std::source_location::current());
  ::new (static_cast<void*>(t.closure)) main_closure{&s, &body, &status};
  t.entry = &main_entry;
  t.stack = &stack;
  t.place = stack.base;
  t.started_after.release();
  s.main = &t;
  first.slots.exchange_next(&t);
}

// No foreign thread finds the scheduler any more, and none is inside.
void retire() noexcept {
  sched::the_scheduler.store(nullptr, seq_cst);
  while (sched::foreign_inside.load(seq_cst) != 0) real::yield();
}

// In nanoseconds; 0: nobody is preempted.
nanoseconds_t time_slice(const options& o) noexcept {
  constexpr nanoseconds_t by_default = 10'000'000;  // Go's
  if (o.preempt_slice.count() < 0 || (o.preempt_slice.count() == 0 && !sched::can_preempt())) return 0;
  return o.preempt_slice.count() == 0 ? by_default : o.preempt_slice.count();
}

std::optional<sched::worker_places> place_workers(options& o, std::string& problem) {
  auto machine = topology::discover({.topology = o.topology});
  if (!machine) {
    problem = machine.error().reason;
    return {};
  }
  if (o.workers == 0) o.workers = std::min(machine->default_workers(), product::most_workers);
  return sched::worker_places(*machine, o.workers, o.pin);
}

}  // namespace

namespace detail {

int run_main(const options& wanted, std::function<int()> main) {
  [[maybe_unused]] const fiber::runtime_section whole;
  if (product::worker_here() != nullptr) panic_text("stealyard: run called inside run");
  options o = wanted;
  std::string problem = resolve(o);
  if (!problem.empty()) return complain(problem);
  auto places = place_workers(o, problem);
  if (!places) return complain(problem);
  sched::part_choice parts(o.run_queue, o.parker, o.idle, o.victim, o.timer_queue, problem);
  const unsigned buffer = sched::find_channel_buffer(o.channel_buffer, problem);
  const unsigned selector = sched::find_selector(o.selector, problem);
  if (!problem.empty()) return complain(problem);
  auto stacks = sched::make_stack_source(o.stack, {.stride = o.stack_size}, problem);
  if (stacks == nullptr) return complain(problem);
  if (o.stack_size < least_stack_size) return complain(too_small_for_switch(o.stack_size));
  auto of_main = sched::make_stack_source({}, {.stride = main_stack_size(o.stack_size), .most = 1}, problem);
  if (of_main == nullptr) return complain(problem);
  sched::goroutine_pool pool(std::move(stacks), std::move(of_main));
  fiber::fiber* const main_stack = pool.make_main_stack();
  if (main_stack == nullptr) return complain("no memory for the stack of the main goroutine");

  sched::look_at_the_clock();
  product_scheduler s(parts, o.workers);
  s.pool = &pool;
  s.run_number = next_run();
  s.channel_buffer = buffer;
  s.reports_leaks = o.leaks != leak_check::off;
  s.selector = selector;
  s.seed = o.seed == 0 ? 1 : o.seed;
  s.eager_stacks = o.stacks == stack_birth::eager;
  s.stack_size = o.stack_size;
  s.places = &*places;
  mutex changes_workers;
  s.changes_workers = &changes_workers;
  product_scheduler* nobody = nullptr;
  if (!sched::the_scheduler.compare_exchange_strong(nobody, &s, seq_cst, relaxed)) {
    panic_text("stealyard: run called while another thread is in run");
  }
  const std::terminate_handler earlier = std::set_terminate(&sched::uncaught_panic);
  const sched::quit_watch quit(s);
  const fiber::overflow_watch watch{.owner = &s, .find = &find_guard, .report = &report_guard};
  const bool watching = fiber::watch_overflows(watch);

  int status = 0;
  start_main(s, *main_stack, main, status);
  {
    const std::uint64_t seed = s.seed;
    sched::thread_crew crew(s, *places, time_slice(o), [seed] { world::native_seed(seed * 0x9e3779b97f4a7c15u + real::self()); });
    s.crew = &crew;
    run_workers(s, seed);
    crew.join();
    if (s.poller != nullptr) s.poller->stop();
    if (s.reports_leaks && sched::report_leaks(s) && o.leaks == leak_check::fail) status = 1;
    if (o.on_exit == exit_policy::unwind) sched::unwind_goroutines(s);
    product::nobody_goes_on(s);
  }

  retire();
  s.timers().close();
  if (watching) fiber::stop_watching_overflows();
  std::set_terminate(earlier);
  return status;
}

void go_from_foreign_thread(std::function<void()> f, std::source_location site) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::foreign_entry entry;
  product_scheduler* s = entry.scheduler();
  if (s == nullptr) panic_text("stealyard: go outside run");
  product_task* t = nullptr;
  {
    std::lock_guard lock(s->pool->foreign_mutex());
    t = &s->pool->take_one();
  }
  t->created_at.store(site, relaxed);
  t->created_by.store(0u, relaxed);
  s->started_by_foreign.fetch_add(1u, relaxed);
  store_closure(*t, std::move(f));
  t->started_after.release();
  s->push_global(t);
}

unsigned chosen_channel_buffer() noexcept {
  const product_worker* w = product::worker_here();
  if (w != nullptr) return w->owner.channel_buffer;
  static const unsigned by_default = [] {
    std::string problem;
    return sched::find_channel_buffer({}, problem);
  }();
  return by_default;
}

void block_forever(sched::wait_reason why) {
  sched::waiter<product> me;
  struct nothing {
    void lock() noexcept {}
    void unlock() noexcept {}
  } none;
  me.wait(none, why);
  __builtin_unreachable();
}

void fatal_misuse(const char* text) { sched::fatal(text); }

}  // namespace detail

void goexit() {
  if (product::worker_here() == nullptr && sched::wired_here() == nullptr) panic_text("stealyard: goexit outside a goroutine");
  throw detail::goexit_signal{};
}

void lock_os_thread() {
  [[maybe_unused]] const fiber::runtime_section inside;
  if (product_worker* w = product::worker_here()) {
    if (sched::leave_worker_for_good(*w)) return;
    if (w->owner.stopped()) {  // nobody gets another thread any more
      w->until_fair.store(1u, relaxed);
      sched::yield(*w);  // for good, unless it unwinds
    }
    panic_text("stealyard: lock_os_thread: there can be no more threads");
  }
  if (sched::wired_here() == nullptr) panic_text("stealyard: lock_os_thread outside a goroutine");
  sched::wire_deeper();
}

void unlock_os_thread() {
  [[maybe_unused]] const fiber::runtime_section inside;
  if (product::worker_here() == nullptr && sched::wired_here() != nullptr) sched::unwire();
}

no_preempt::no_preempt() noexcept {
  const product_worker* w = product::worker_here();
  if (w == nullptr) return;
  stack_ = w->current->stack;
  ++stack_->holds;
}

no_preempt::~no_preempt() {
  if (stack_ != nullptr) --stack_->holds;
}

std::size_t free_os_memory() noexcept {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::foreign_entry entry;
  product_scheduler* s = entry.scheduler();
  return s == nullptr ? 0 : s->pool->give_back();
}

std::size_t num_goroutine() noexcept {
  sched::foreign_entry entry;
  product_scheduler* s = entry.scheduler();
  if (s == nullptr) return 0;
  std::uint64_t ended = 0;
  for (unsigned i = 0, n = s->workers_made(); i != n; ++i) ended += s->at(i).extras.ended.load(relaxed);
  std::uint64_t started = s->started_by_foreign.load(relaxed);
  for (unsigned i = 0, n = s->workers_made(); i != n; ++i) started += s->at(i).extras.started.load(relaxed);
  return started - ended;
}

foreign_guard::foreign_guard() {
  sched::foreign_entry entry;
  if (entry.scheduler() == nullptr) panic_text("stealyard: foreign_guard outside run");
  entry.scheduler()->foreign.fetch_add(1u, seq_cst);
  run_ = entry.scheduler()->run_number;
}

foreign_guard::~foreign_guard() {
  if (run_ == 0) return;
  sched::foreign_entry entry;
  product_scheduler* s = entry.scheduler();
  if (s == nullptr || s->run_number != run_) return;  // its own has ended
  if (s->foreign.fetch_sub(1u, seq_cst) == 1) s->somebody_look();  // everybody may be waiting in vain now
}

}  // namespace stealyard
