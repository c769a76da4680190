// errgroup: goroutines that work on one task, as golang.org/x/sync/errgroup. Go's errors are exceptions here.
#pragma once
#include "core/go/context.hpp"
#include "core/go/mutex.hpp"
#include "core/go/semaphore_core.hpp"
#include "core/go/wait_group.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace stealyard {

// A handle: copies are the same group, and its goroutines keep it alive. Goroutines and foreign threads alike may call anything.
class errgroup {
  using units = semaphore_core<sched::product>;

  struct state {
    wait_group group;
    std::optional<units> limit;
    mutex first_mutex;
    std::exception_ptr first;  // under first_mutex

    std::optional<cancel_cause_function> cancel;  // of with_context's

    void fail(std::exception_ptr thrown) {
      {
        const std::lock_guard lock(first_mutex);
        if (first != nullptr) return;
        first = thrown;
      }
      if (cancel) (*cancel)(std::move(thrown));
    }
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();

  void take_unit() {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (state_->limit) state_->limit->acquire(1, "semacquire");
  }
  static void give_unit(state& group) {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (group.limit) group.limit->release(1);
  }

 public:
  // A group, and a context derived from parent that ends when the first of the group fails (what it threw is the cause) or wait returns.
  static std::pair<errgroup, context> with_context(const context& parent) {
    auto [derived, cancel] = with_cancel_cause(parent);
    errgroup group;
    group.state_->cancel.emplace(std::move(cancel));
    return {std::move(group), std::move(derived)};
  }

  // Starts a goroutine that runs f. If the limit is reached, waits until another one of the group ends. What f throws ends only f:
  // the first such exception is what wait() throws.
  template <class F>
  void go(F&& f, std::source_location site = std::source_location::current()) {
    take_unit();
    state_->group.add(1);
    stealyard::go(
        [shared = state_, call = std::decay_t<F>(std::forward<F>(f))]() mutable {
          struct finally {
            state& group;
            ~finally() {
              give_unit(group);
              group.group.done();
            }
          } at_the_end{*shared};
          try {
            call();
          } catch (const detail::goexit_signal&) {
            throw;
          } catch (...) {
            shared->fail(std::current_exception());
          }
        },
        site);
  }

  // Returns when every goroutine of the group has ended, or throws what the first of those that failed threw.
  void wait() {
    state_->group.wait();
    std::exception_ptr thrown;
    {
      const std::lock_guard lock(state_->first_mutex);
      thrown = state_->first;
    }
    if (state_->cancel) (*state_->cancel)(thrown);
    if (thrown != nullptr) std::rethrow_exception(thrown);
  }

  // At most n goroutines at a time from now on; negative: any number. Not while a limited group has goroutines (panics, as in Go).
  void set_limit(std::int64_t n) {
    if (state_->limit) {
      if (const std::int64_t active = state_->limit->taken(); active != 0) {
        panic("errgroup: modify limit while ", active, " goroutines in the group are still active");
      }
    }
    state_->limit.reset();
    if (n >= 0) state_->limit.emplace(n);
  }
};

}  // namespace stealyard
