// crew: the threads of one run(), those in workers and the spare ones, and the monitor, which watches over them.
#pragma once
#include "core/sched/product.hpp"

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
  thread_crew(product_scheduler& s, nanoseconds_t slice, std::function<void()> arrive);
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

  // Blocking regions are about to be used: from now on the monitor looks for them. Idempotent.
  void watch_regions() noexcept;
  // Once, when main has returned.
  void stop() noexcept;
  // After stop(), and once the workers have left: returns when regions, if there are any still, have ended.
  void join() noexcept;

 private:
  static constexpr std::size_t most_threads = 768;  // of the 1,024 that can be participants

  void start_monitor();
  void monitor() noexcept;
  bool look_at_region(unsigned i) noexcept;
  void look_at_slice(unsigned i, nanoseconds_t now, bool work_waits) noexcept;
  product_worker* rest() noexcept;

  struct watched {
    std::uint64_t region = 0;
    std::uint32_t picks = 0;
    nanoseconds_t since = 0;
  };

  product_scheduler& scheduler_;
  const nanoseconds_t slice_;
  const std::function<void()> arrive_;
  std::mutex giving_;

  real::mutex mutex_;
  real::condition assigned_;
  std::vector<product_worker*> workers_to_enter_;  // under mutex_, as the next three
  std::size_t spares_ = 0;                          // threads that rest, or are on their way there
  std::vector<std::thread> threads_;
  bool stopping_ = false;

  atomic<real, std::uint32_t> monitor_stops_{0};
  std::vector<watched> seen_;  // the monitor's
  std::thread monitor_;
};

}  // namespace stealyard::sched
