// netpoll: goroutines that wait for file descriptors. One thread sleeps in epoll for all of them (core/decisions/0011).
//
// A descriptor is registered once, edge-triggered, for both directions. Whoever finds it not ready waits here:
//   waiter   W1 the system says EAGAIN     W2 lock; was there an edge since? then try again     W3 queue, and sleep (unlocking)
//   poller   P1 an edge                    P2 lock; wake everybody who waits, or else note the edge
// Either P2 comes before W2, which sees the note, or after W3, and wakes.
#pragma once
#include "core/sched/product.hpp"
#include "core/sched/waiter.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

namespace stealyard::sched {

enum class io_side : unsigned char { read, write };
enum class io_wait : unsigned char { ready, timed_out, closed };

class netpoll;

// A descriptor under watch. Closed once nobody uses it and close() was called.
class pollable {
 public:
  explicit pollable(int descriptor) noexcept : descriptor_(descriptor) {}
  ~pollable();
  pollable(const pollable&) = delete;
  pollable& operator=(const pollable&) = delete;

  // False: closed. Else the descriptor stays open until end_use().
  bool begin_use() noexcept;
  void end_use() noexcept;
  int descriptor() const noexcept { return descriptor_; }

 private:
  friend class netpoll;
  struct sleeper : waiter<product> {
    std::uint64_t number = 0;  // of its deadline
  };

  real::mutex mutex_;  // guards everything below
  waiter_list<product> waiting_[2];
  bool edge_[2] = {true, true};  // nothing is known yet: try
  bool closed_ = false;
  unsigned uses_ = 0;
  int descriptor_;
};

class netpoll : public std::enable_shared_from_this<netpoll> {
 public:
  // Starts the thread. Throws std::system_error.
  explicit netpoll(product_scheduler& s);
  ~netpoll();
  netpoll(const netpoll&) = delete;
  netpoll& operator=(const netpoll&) = delete;

  // Watches a non-blocking descriptor, and owns it from now on. Throws std::system_error: it cannot be watched; it is then closed.
  std::shared_ptr<pollable> watch(int descriptor);
  // Wakes everybody who waits for it; the descriptor is closed when the last user has left. Idempotent.
  void close(pollable& p) noexcept;

  // Between begin_use and end_use, after EAGAIN: sleeps until it is worth another try, or `deadline` on real::now()'s clock passes.
  io_wait wait(const std::shared_ptr<pollable>& p, io_side side, nanoseconds_t deadline);

  // The run has ended: nobody waits any more.
  void stop() noexcept;
  bool stopped() const noexcept { return stops_.load(acquire) != 0; }

 private:
  struct deadline_entry {
    nanoseconds_t when;
    std::uint64_t number;
    std::shared_ptr<pollable> on;
    io_side side;
    bool operator<(const deadline_entry& other) const noexcept { return when != other.when ? when < other.when : number < other.number; }
  };

  void poll() noexcept;
  int milliseconds_to_sleep() noexcept;
  void on_edge(pollable& p, bool readable, bool writable) noexcept;
  void expire() noexcept;
  void wake(waiter_list<product>& list, outcome how) noexcept;
  void leave(pollable& p, io_side side, waiter<product>& w) noexcept;
  void interrupt() noexcept;

  product_scheduler& scheduler_;
  int epoll_ = -1;
  int event_ = -1;  // eventfd: makes the poller look again
  atomic<real, std::uint32_t> stops_{0};
  std::mutex mutex_;  // guards the next five
  std::set<deadline_entry> deadlines_;
  std::uint64_t numbers_ = 0;
  nanoseconds_t sleeps_until_ = 0;  // 0: the poller is awake
  std::unordered_map<pollable*, std::shared_ptr<pollable>> watched_;
  std::vector<std::shared_ptr<pollable>> retired_;  // kept until the poller can hold no event of theirs
  std::thread thread_;
};

// The poller of the running scheduler, started at its first use. Null outside run().
std::shared_ptr<netpoll> netpoll_here();

}  // namespace stealyard::sched
