// The smallest scheduler that tests need: strands on fibers of their own, run by whoever calls run().
#pragma once
#include "core/fiber/exception_globals.hpp"
#include "core/fiber/fiber.hpp"
#include "core/fiber/chosen_stack.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace stealyard::fiber {

// In a tsan-go build a switch orders nothing, so the tests' own scheduler says what it promises: a resume happens before what the
// strand does next, and what the strand did before the resume returns. Elsewhere nothing. Nothing shared may be read between
// hand_over and the switch.
inline void hand_over([[maybe_unused]] void* token) noexcept {
#if defined(STEALYARD_TSAN_GO)
  __tsan_release(token);
#endif
}
inline void take_over([[maybe_unused]] void* token) noexcept {
#if defined(STEALYARD_TSAN_GO)
  __tsan_acquire(token);
#endif
}

// The calling thread's own stack. Asking the system for its bounds is slow, so once a thread.
[[gnu::noinline]] inline fiber& this_host() {
  struct adopted : fiber {
    adopted() { adopt_this_thread(*this); }
  };
  static thread_local adopted host;
  return host;
}

// A computation on its own fiber. resume() runs it up to its next pause(), on the calling thread.
class strand {
 public:
  strand(chosen_stack& stacks, std::function<void(strand&)> body, bool keeps_exceptions = true)
      : stacks_(stacks), body_(std::move(body)), keeps_exceptions_(keeps_exceptions) {
    fiber_ = create_fiber(stacks_.acquire(), [](void* self) { static_cast<strand*>(self)->main(); });
  }
  strand(const strand&) = delete;
  ~strand() { stacks_.release(destroy_fiber(fiber_)); }

  bool done() const noexcept { return done_; }
  const context& place() const noexcept { return fiber_->base; }  // while it is paused

  [[gnu::noinline]] void resume() {
    fiber& own = this_host();
    fiber& to = *fiber_;
    host_ = &own;
    hand_over(this);
    switch_fiber(host_context_, own, to.base, to, this);
    take_over(this);
  }

  [[gnu::noinline]] void pause() {
    auto away = [this] {
      fiber& own = *fiber_;
      fiber& to = *host_;
      hand_over(this);
      void* got = switch_fiber(own.base, own, host_context_, to, nullptr);
      take_over(this);
      return got;
    };
    if (keeps_exceptions_) {
      keeping_exceptions(exception_globals_here(), away);
    } else {
      away();
    }
  }

 private:
  [[noreturn]] void main() {
    take_over(this);
    body_(*this);
    done_ = true;
    fiber& own = *fiber_;
    fiber& to = *host_;
    hand_over(this);
    leave_fiber(own, host_context_, to, nullptr);
  }

  chosen_stack& stacks_;
  std::function<void(strand&)> body_;
  fiber* fiber_;
  fiber* host_ = nullptr;
  context host_context_;
  bool keeps_exceptions_;
  bool done_ = false;
};

}  // namespace stealyard::fiber
