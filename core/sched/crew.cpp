#include "core/sched/crew.hpp"

#include "core/sched/preempt.hpp"
#include "core/sched/threads.hpp"

#include <algorithm>
#include <system_error>

namespace stealyard::sched {

namespace {

// As Go's sysmon: quick while there is something to see, then ever more lazily.
constexpr nanoseconds_t shortest_period = 20'000;
constexpr nanoseconds_t longest_period = 10'000'000;
constexpr nanoseconds_t resting_period = 50'000'000;  // while every worker sleeps
constexpr unsigned patience = 50;                     // looks in vain before it grows lazier

}  // namespace

thread_crew::thread_crew(product_scheduler& s, nanoseconds_t slice, std::function<void()> arrive)
    : scheduler_(s), slice_(slice), arrive_(std::move(arrive)), seen_(s.workers()) {
  if (slice_ == 0) return;
  prepare_preemption();
  start_monitor();
}

thread_crew::~thread_crew() { join(); }

void thread_crew::join() noexcept {
  if (monitor_.joinable()) monitor_.join();
  for (std::thread& t : threads_) t.join();  // nobody starts one any more
  threads_.clear();
  spares_ = 0;
}

void thread_crew::live(product_worker* w) noexcept {
  while (w != nullptr) {
    run_worker(*w);
    mutex_.lock();
    ++spares_;
    mutex_.unlock();
    w = rest();
  }
}

product_worker* thread_crew::rest() noexcept {
  mutex_.lock();
  while (workers_to_enter_.empty() && !stopping_) assigned_.wait(mutex_);
  product_worker* w = nullptr;
  if (!workers_to_enter_.empty()) {  // also while stopping: somebody must take it home
    w = workers_to_enter_.back();
    workers_to_enter_.pop_back();
    --spares_;
  }
  mutex_.unlock();
  return w;
}

bool thread_crew::have_spare() noexcept {
  mutex_.lock();
  const bool there = spares_ > workers_to_enter_.size();
  const bool may = !there && !stopping_ && threads_.size() < most_threads;
  mutex_.unlock();
  if (!may) return there;
  try {
    std::thread fresh([this] {
      const runtime_thread here;
      arrive_();
      live(rest());
    });
    mutex_.lock();
    threads_.push_back(std::move(fresh));
    ++spares_;
    workers_to_enter_.reserve(threads_.size());  // so that give() cannot fail
    mutex_.unlock();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void thread_crew::give(product_worker& w) noexcept {
  mutex_.lock();
  workers_to_enter_.push_back(&w);
  mutex_.unlock();
  assigned_.notify_one();
}

void thread_crew::watch_regions() noexcept {
  const std::lock_guard lock(giving_);
  if (scheduler_.regions_watched.load(relaxed) != 0) return;
  if (slice_ == 0) start_monitor();
  scheduler_.regions_watched.store(1u, release);
}

void thread_crew::start_monitor() {
  monitor_ = std::thread([this] { monitor(); });
}

void thread_crew::stop() noexcept {
  mutex_.lock();
  stopping_ = true;
  mutex_.unlock();
  assigned_.notify_all();
  monitor_stops_.store(1u, release);
  real::wake(monitor_stops_, 1);
}

void thread_crew::monitor() noexcept {
  const nanoseconds_t longest = slice_ == 0 ? longest_period : std::min(longest_period, slice_ / 2);
  nanoseconds_t period = longest;
  unsigned in_vain = 0;
  while (monitor_stops_.load(acquire) == 0) {
    const bool deep = period == longest && scheduler_.all_resting();
    real::wait_until(monitor_stops_, 0u, real::now() + (deep ? resting_period : period));
    bool active = false;
    if (scheduler_.regions_watched.load(acquire) != 0) {
      for (unsigned i = 0; i != scheduler_.workers(); ++i) active = look_at_region(i) || active;
    }
    if (slice_ != 0) {
      const nanoseconds_t now = real::now();
      const bool work_waits = !scheduler_.nothing_queued() || scheduler_.timers().earliest() <= now;
      for (unsigned i = 0; i != scheduler_.workers(); ++i) look_at_slice(i, now, work_waits);
    }
    if (active) {
      in_vain = 0;
      period = shortest_period;
    } else if (++in_vain > patience) {
      period = std::min(period * 2, longest);
    }
  }
}

// True if somebody was in a region since the last look.
bool thread_crew::look_at_region(unsigned i) noexcept {
  product_worker& w = scheduler_.at(i);
  std::uint64_t now = w.extras.region.load(acquire);
  const bool same = std::exchange(seen_[i].region, now) == now;
  if (now % 2 == 0) return !same;
  if (!same) return true;
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
    if (const std::int32_t thread = w.extras.thread.load(relaxed); thread != 0) nudge(thread);
  }
}

}  // namespace stealyard::sched
