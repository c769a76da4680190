// bubble: the state of one bubble of virtual time (core/go/bubble.hpp), as goroutines, timers and channels use it.
//
// One goroutine of a bubble runs at a time: it has the token (busy_). Whoever parks gives the token on after its place is saved, in the
// same post action that published it; whoever is woken joins ready_ and runs when it is drawn. Idle is: no token out, nobody ready, nobody
// waiting for something outside (outside_). Then bubble_wait returns, if somebody is in it, else the root (who called bubble()) moves the
// clock to the next timer, and fires all that is due.
#pragma once
#include "core/fiber/go_edges.hpp"
#include "core/sched/product.hpp"
#include "core/sched/waiter.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace stealyard::sched {

class bubble : public std::enable_shared_from_this<bubble> {
  // In a tsan-go build not even what a vector calls in libc is seen.
  class guard {
    [[no_unique_address, maybe_unused]] fiber::runtime_section inside_;
    std::lock_guard<real::mutex> lock_;

   public:
    explicit guard(real::mutex& m) : lock_(m) {}
  };

 public:
  bubble(product_scheduler& owner, std::uint64_t seed);

  const std::uint64_t serial;  // of the process, from 1 on
  const std::shared_ptr<timer_home<product>> home;
  nanoseconds_t now() const noexcept { return now_; }

  // A goroutine of this bubble from now on, not ready yet.
  void enroll(product_task& t) noexcept;
  // By the goroutine itself, at its very end.
  void dismiss(product_task& t) noexcept;
  // Parks the running goroutine. `after` publishes it.
  void park_here(product_worker& w, post_action& after, wait_reason why);
  void make_ready(product_task& t) noexcept;
  void yield(product_worker& w);
  // False: somebody waits already.
  bool wait(product_worker& w);

  // Below n. By whoever has the token, or chooses who gets it.
  std::uint64_t draw(std::uint64_t n) noexcept;

  // By the caller of bubble(), until every goroutine has ended. False: nothing can happen any more.
  bool run_to_end();

 private:
  struct next {
    product_task* task = nullptr;      // goes on with the token
    waiter<product>* root = nullptr;   // or the root does: idle
  };
  next choose() noexcept;   // under mutex_, while nobody has the token
  void start(next n) noexcept;
  void give_token_on() noexcept;
  // By one that registered itself there, waits, and is told to unwind. If somebody has chosen it, parks until it is woken.
  template <class Waiting>
  void take_back(Waiting*& registered) noexcept;
  bool idle() const noexcept { return !busy_ && ready_.empty() && outside_ == 0; }
  void fire_what_is_due(nanoseconds_t at) noexcept;

  product_scheduler& owner_;
  nanoseconds_t now_ = 0;  // written by the root while the bubble is idle
  real::mutex mutex_;
  // Under mutex_:
  std::vector<product_task*> ready_;
  std::uint64_t random_;
  std::size_t total_ = 0;     // goroutines that have not ended
  std::size_t outside_ = 0;   // that wait for something which is not the bubble's
  bool busy_ = false;         // the token is out: a goroutine of the bubble runs, or the root fires timers
  product_task* waiting_ = nullptr;  // in bubble_wait
  waiter<product>* root_ = nullptr;
  // Go's edge: blocking, and ending, goes before a bubble_wait and a bubble() that return because of it.
  [[no_unique_address]] fiber::sync_clock blocked_;
};

// The bubble of the goroutine that calls; null: none.
inline bubble* bubble_here() noexcept {
  const product_worker* w = product::worker_here();
  return w == nullptr || w->current == nullptr ? nullptr : w->current->of_bubble;
}

}  // namespace stealyard::sched
