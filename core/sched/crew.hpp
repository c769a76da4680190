// crew: the threads of one run(), those in workers and the spare ones, and the monitor, which watches over them.
//
// Another number of workers (core/decisions/0030):
//   1. a goroutine prepares whatever may fail: workers, parts, places, and as many spare threads as there are to be more workers
//   2. it suspends; its post action says what is to change, and pauses the scheduler. Every thread in a worker comes home, and is a spare
//      one from then on. Goroutines that run are asked to yield, again and again; a worker whose thread is in a blocking region
//      is taken home by a spare thread
//   3. whoever comes home last makes the change, and gives the workers to spare threads, unless main has returned meanwhile
#pragma once
#include "core/sched/places.hpp"
#include "core/sched/product.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace stealyard::sched {

class thread_crew {
 public:
  // `arrive` runs on each new thread, before anything else. slice: of time, in nanoseconds; 0: no preemption.
  thread_crew(product_scheduler& s, worker_places& places, nanoseconds_t slice, std::function<void()> arrive);
  ~thread_crew();
  thread_crew(const thread_crew&) = delete;
  thread_crew& operator=(const thread_crew&) = delete;

  // On a runtime thread: runs w, then whatever worker it is given as a spare, until shutdown.
  void live(product_worker* w) noexcept;

  // There will be a spare thread for the next give(); false: the system has no more, or 768 are there.
  bool have_spare() noexcept;
  // Hands w to a spare thread; have_spare() was true, and the caller is the only one to ask.
  void give(product_worker& w) noexcept;
  std::mutex& giving() noexcept { return giving_; }

  // By the running goroutine, one at a time; returns on whatever worker takes it up then. 1 <= n <= 256. False: there can be no more
  // threads. May throw while it prepares: then nothing has changed. Where main returns meanwhile, the goroutine does not go on.
  bool change_workers(unsigned n);

  // Blocking regions are about to be used: from now on the monitor looks for them. Idempotent.
  void watch_regions() noexcept;
  // Once, when main has returned.
  void stop() noexcept;
  // After stop(), and once the workers have left: returns when regions, if there are any still, have ended.
  void join() noexcept;

 private:
  static constexpr std::size_t most_threads = 768;  // of the 1,024 that can be participants

  struct change;

  void start_monitor();
  void monitor() noexcept;
  void hurry_monitor() noexcept;
  bool look_at_region(unsigned i, bool at_once) noexcept;
  void look_at_slice(unsigned i, nanoseconds_t now, bool work_waits) noexcept;
  static void nudge_thread_of(product_worker& w) noexcept;
  bool promise_spares(std::size_t n) noexcept;
  void begin_change(change& c) noexcept;

  // Under mutex_:
  product_worker* rest() noexcept;
  std::size_t unpromised() const noexcept { return spares_ - std::min(spares_, workers_to_enter_.size() + promised_); }
  bool make_thread() noexcept;
  void make_change() noexcept;
  void end_change() noexcept;

  struct watched {
    std::uint64_t region = 0;
    std::uint32_t picks = 0;
    nanoseconds_t since = 0;
  };

  product_scheduler& scheduler_;
  worker_places& places_;
  const nanoseconds_t slice_;
  const std::function<void()> arrive_;
  std::mutex giving_;

  real::mutex mutex_;
  real::condition assigned_;
  std::vector<product_worker*> workers_to_enter_;  // under mutex_, as the next seven
  std::size_t spares_ = 0;                          // threads that rest, or are on their way there
  std::size_t promised_ = 0;                        // of these, to a change
  std::vector<std::thread> threads_;
  bool stopping_ = false;
  change* change_ = nullptr;  // that everybody comes home for
  unsigned home_ = 0;         // workers that are
  unsigned changes_ = 0;      // made so far

  static constexpr std::uint32_t monitor_stops = 1, monitor_is_wanted = 2;
  atomic<real, std::uint32_t> monitor_word_{0};  // the first, and a count of the others
  std::vector<watched> seen_;                    // the monitor's
  std::thread monitor_;
};

}  // namespace stealyard::sched
