#include "core/sched/crew.hpp"

#include "core/fiber/go_edges.hpp"
#include "core/sched/preempt.hpp"
#include "core/sched/threads.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace stealyard::sched {

namespace {

// As Go's sysmon: quick while there is something to see, then ever more lazily.
constexpr nanoseconds_t shortest_period = 20'000;
constexpr nanoseconds_t longest_period = 10'000'000;
constexpr nanoseconds_t resting_period = 50'000'000;  // while every worker sleeps
constexpr unsigned patience = 50;                     // looks in vain before it grows lazier

}  // namespace

struct thread_crew::change {
  worker_places::plan places;
  product_scheduler::resizing parts;
  product_task* caller;
};

thread_crew::thread_crew(product_scheduler& s, worker_places& places, nanoseconds_t slice, std::function<void()> arrive)
    : scheduler_(s), places_(places), slice_(slice), arrive_(std::move(arrive)), seen_(product::most_workers) {
  workers_to_enter_.reserve(product::most_workers);  // each is there once at most: giving cannot fail
  if (slice_ == 0) return;
  prepare_preemption();
  start_monitor();
}

thread_crew::~thread_crew() { join(); }

void thread_crew::join() noexcept {
  for (;;) {
    std::thread one;
    {
      const std::lock_guard lock(mutex_);
      if (threads_.empty()) break;
      one = std::move(threads_.back());
      threads_.pop_back();
    }
    one.join();
  }
  // Not before: it has goroutines yield that would compute on.
  monitor_word_.fetch_or(monitor_stops, release);
  real::wake(monitor_word_, 1);
  if (monitor_.joinable()) monitor_.join();
  nobody_is_asked();  // whoever unwinds from now on yields to nobody
  const std::lock_guard lock(mutex_);
  spares_ = 0;
  if (change_ != nullptr) end_change();  // somebody's worker never came home
}

void thread_crew::live(product_worker* w) noexcept {
  while (w != nullptr) {
    places_.bind_here(w->index);
    const bool left = run_worker(*w);
    const std::lock_guard lock(mutex_);
    ++spares_;
    if (left && change_ != nullptr && ++home_ == scheduler_.workers()) make_change();
    w = rest();
  }
}

product_worker* thread_crew::rest() noexcept {
  while (workers_to_enter_.empty() && !stopping_) assigned_.wait(mutex_);
  --spares_;
  if (workers_to_enter_.empty()) return nullptr;
  product_worker* w = workers_to_enter_.back();  // also while stopping: somebody must take it home
  workers_to_enter_.pop_back();
  return w;
}

bool thread_crew::make_thread() noexcept {
  if (stopping_ || threads_.size() >= most_threads) return false;
  try {
    threads_.emplace_back([this] {
      [[maybe_unused]] const fiber::runtime_section whole;
      const runtime_thread here;
      arrive_();
      mutex_.lock();
      product_worker* const first = rest();
      mutex_.unlock();
      live(first);
    });
  } catch (const std::exception&) {  // the system has no more, or no memory for it
    return false;
  }
  ++spares_;
  return true;
}

bool thread_crew::have_spare() noexcept {
  const std::lock_guard lock(mutex_);
  return unpromised() != 0 || make_thread();
}

bool thread_crew::promise_spares(std::size_t n) noexcept {
  const std::lock_guard between(giving_);
  const std::lock_guard lock(mutex_);
  if (stopping_) return true;  // there will be no change, nor does anybody come back from asking for one
  while (unpromised() < n) {
    if (!make_thread()) return false;
  }
  promised_ += n;
  return true;
}

void thread_crew::give(product_worker& w) noexcept {
  mutex_.lock();
  workers_to_enter_.push_back(&w);
  mutex_.unlock();
  assigned_.notify_one();
}

bool thread_crew::change_workers(unsigned n) {
  struct begin : post_action {
    thread_crew* crew;
    change* what;
  };
  const unsigned before = scheduler_.workers();
  change c{.places = places_.planned(n), .parts = scheduler_.prepare(scheduler_.used, n), .caller = nullptr};
  if (n > before && !promise_spares(n - before)) return false;
  product_worker& w = *product::worker_here();
  c.caller = w.current;
  begin after;
  after.run = [](post_action& base) noexcept {
    auto& self = static_cast<begin&>(base);
    self.crew->begin_change(*self.what);
  };
  after.crew = this;
  after.what = &c;
  w.until_fair.store(1u, relaxed);  // this worker picks nobody else first
  product::note_reason(*w.current, "stopping the world");
  park(w, after);
  return true;
}

// On the caller's worker, which is not home before this is done.
void thread_crew::begin_change(change& c) noexcept {
  {
    const std::lock_guard lock(mutex_);
    change_ = &c;
    home_ = 0;
  }
  if (!scheduler_.pause()) {
    const std::lock_guard lock(mutex_);
    end_change();
    return;
  }
  ask_everybody_home();
  hurry_monitor();
}

// Every worker is home.
void thread_crew::make_change() noexcept {
  change& c = *change_;
  scheduler_.resize(c.parts);
  places_.swap(c.places);
  end_change();  // the caller goes on when somebody enters a worker, and c is its own
  if (!scheduler_.resume()) return;
  // This thread enters the last of them, at once; the others' threads need time to wake up, and are back home at once if somebody asks for
  // one change after another. What is queued at a worker that is never entered first would wait for as long as they ask: each has its turn.
  const unsigned workers = scheduler_.workers(), first = changes_++;
  for (unsigned i = workers; i != 0; --i) workers_to_enter_.push_back(&scheduler_.at((first + i - 1) % workers));
  assigned_.notify_all();
}

void thread_crew::end_change() noexcept {
  product_task& caller = *std::exchange(change_, nullptr)->caller;
  promised_ = 0;
  product::note_reason(caller, nullptr);
  scheduler_.push_global(&caller);
}

void thread_crew::watch_regions() noexcept {
  const std::lock_guard lock(giving_);
  if (scheduler_.regions_watched.load(relaxed) != 0) return;
  if (slice_ == 0) start_monitor();
  scheduler_.regions_watched.store(1u, release);
}

void thread_crew::start_monitor() {
  monitor_ = std::thread([this] {
    [[maybe_unused]] const fiber::runtime_section whole;
    monitor();
  });
}

void thread_crew::stop() noexcept {
  mutex_.lock();
  stopping_ = true;
  mutex_.unlock();
  assigned_.notify_all();
  ask_everybody_home();
  hurry_monitor();
}

void thread_crew::hurry_monitor() noexcept {
  monitor_word_.fetch_add(monitor_is_wanted, release);
  real::wake(monitor_word_, 1);
}

void thread_crew::monitor() noexcept {
  const nanoseconds_t longest = slice_ == 0 ? longest_period : std::min(longest_period, slice_ / 2);
  nanoseconds_t period = longest;
  unsigned in_vain = 0;
  bool was_urgent = false;
  for (;;) {
    const std::uint32_t word = monitor_word_.load(acquire);
    if ((word & monitor_stops) != 0) return;
    const bool deep = period == longest && scheduler_.all_resting();
    real::wait_until(monitor_word_, word, real::now() + (deep ? resting_period : period));
    const bool urgent = scheduler_.stopping();  // everybody is to come home
    if (urgent && !was_urgent) period = shortest_period;
    was_urgent = urgent;
    const unsigned workers = scheduler_.workers_seen();
    bool active = false;
    // When main has returned, a region keeps its worker: run() waits for it in any case.
    if (scheduler_.regions_watched.load(acquire) != 0 && !scheduler_.stopped()) {
      for (unsigned i = 0; i != workers; ++i) active = look_at_region(i, urgent) || active;
    }
    if (slice_ != 0 && urgent) {
      for (unsigned i = 0; i != workers; ++i) nudge_thread_of(scheduler_.at(i));
    } else if (slice_ != 0) {
      const nanoseconds_t now = real::now();
      const bool work_waits = !scheduler_.nothing_queued_anywhere() || scheduler_.timers().earliest() <= now;
      for (unsigned i = 0; i != workers; ++i) look_at_slice(i, now, work_waits);
    }
    if (active) {
      in_vain = 0;
      period = shortest_period;
    } else if (urgent || ++in_vain > patience) {
      period = std::min(period * 2, longest);
    }
  }
}

// True if somebody was in a region since the last look.
bool thread_crew::look_at_region(unsigned i, bool at_once) noexcept {
  product_worker& w = scheduler_.at(i);
  std::uint64_t now = w.extras.region.load(acquire);
  const bool same = std::exchange(seen_[i].region, now) == now;
  if (now % 2 == 0) return !same;
  if (!same && !at_once) return true;
  const std::lock_guard lock(giving_);
  if (!have_spare()) return true;
  scheduler_.away.fetch_add(1u, seq_cst);
  if (w.extras.region.compare_exchange_strong(now, now + 1, acq_rel, relaxed)) {
    w.current = nullptr;  // it is ours, until a spare enters it
    give(w);
  } else if (scheduler_.away.fetch_sub(1u, seq_cst) == 1) {
    scheduler_.somebody_look();  // who may have withheld a verdict because of us
  }
  return true;
}

void thread_crew::look_at_slice(unsigned i, nanoseconds_t now, bool work_waits) noexcept {
  product_worker& w = scheduler_.at(i);
  watched& last = seen_[i];
  const std::uint32_t picks = w.until_fair.load(relaxed);
  if (picks != last.picks) {
    last.picks = picks;
    last.since = now;
  } else if (work_waits && now - last.since >= slice_ && w.extras.region.load(relaxed) % 2 == 0) {
    last.since = now;
    ask_to_yield(w);
    nudge_thread_of(w);
  }
}

// Not in a blocking call: that might notice.
void thread_crew::nudge_thread_of(product_worker& w) noexcept {
  if (w.extras.region.load(relaxed) % 2 != 0) return;
  if (const std::int32_t thread = w.extras.thread.load(relaxed); thread != 0) nudge(thread);
}

}  // namespace stealyard::sched
