// run, go, yield: the life of a program.
#pragma once
#include "core/go/options.hpp"
#include "core/go/panic.hpp"
#include "core/sched/goexit.hpp"
#include "core/sched/product.hpp"

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace stealyard {

namespace detail {

// The closure lies in the goroutine's control block if it fits, else on the heap.
template <class F>
inline constexpr bool fits_inline =
    sizeof(F) <= sched::product_task::closure_bytes && alignof(F) <= 16 && std::is_nothrow_move_constructible_v<F>;

using sched::goexit_signal;

template <class F>
void call_goroutine(F& f) {
  try {
    f();
  } catch (const goexit_signal& signal) {
    signal.at_the_base = true;
  }
}

// Around the destruction of what a goroutine holds that never started, because main had returned: one of a bubble leaves that.
class never_started {
  std::shared_ptr<sched::bubble> in_;

 public:
  explicit never_started(const sched::product_task& t);
  ~never_started();
  never_started(const never_started&) = delete;
  never_started& operator=(const never_started&) = delete;
};

// Storing f can neither throw nor run code that might park: while the control block is half made, this worker must stay ours.
template <class F>
inline constexpr bool stored_directly = fits_inline<std::decay_t<F>> && std::is_nothrow_constructible_v<std::decay_t<F>, F> &&
                                        (std::is_rvalue_reference_v<F&&> || std::is_trivially_copyable_v<std::decay_t<F>>);

template <class F>
  requires stored_directly<F>
void store_closure(sched::product_task& t, F&& f) noexcept {
  using closure = std::decay_t<F>;
  ::new (static_cast<void*>(t.closure)) closure(std::forward<F>(f));
  t.entry = [](sched::task<sched::product>& me) {
    auto& held = *std::launder(reinterpret_cast<closure*>(me.closure));
    if (me.unwinding != sched::unwind_state::none) [[unlikely]] {
      const never_started unstarted(me);
      held.~closure();
      return;
    }
#if defined(STEALYARD_TSAN_GO)
    // TSan remembers what other goroutines did to theirs in this control block: on the stack nobody did anything.
    std::optional<closure> moved;
    {
      const fiber::runtime_section inside;
      moved.emplace(std::move(held));
      held.~closure();
    }
    call_goroutine(*moved);
#else
    call_goroutine(held);
    held.~closure();
#endif
  };
}

int run_main(const options& o, std::function<int()> main);
void go_from_foreign_thread(std::function<void()> f, std::source_location site);
void go_unusual(std::function<void()> f, std::source_location site);  // by a foreign thread, or in a bubble of virtual time
void yield_in_bubble(sched::product_worker& w);

inline bool in_bubble(const sched::product_worker& w) noexcept { return w.current != nullptr && w.current->of_bubble != nullptr; }

}  // namespace detail

// Runs f as the main goroutine on the calling thread and `workers` - 1 more, and returns when f returns, without waiting for other
// goroutines: those still alive are discarded, their destructors do not run; or they are unwound (options::on_exit). Nothing of them goes
// on then, and what they did goes before the return. f may return int, the exit status; else it is 0. May be called again after it
// returned, with other parts; inside itself it panics. Bad options: one line on stderr, 2 is returned.
template <class F>
int run(const options& o, F&& f) {
  if constexpr (std::is_convertible_v<std::invoke_result_t<F&>, int>) {
    return detail::run_main(o, [&f]() -> int { return f(); });
  } else {
    return detail::run_main(o, [&f]() -> int { return f(), 0; });
  }
}
template <class F>
  requires std::invocable<F&>
int run(F&& f) {
  return run(options{}, std::forward<F>(f));
}

// Starts a goroutine. f is moved or copied here, in the caller. O(1), about 10 ns. A foreign thread may call it too.
template <class F>
STEALYARD_FORCE_INLINE inline void go(F&& f, std::source_location site = std::source_location::current()) {
  using closure = std::decay_t<F>;
  if constexpr (!detail::fits_inline<closure>) {
    go([held = std::make_unique<closure>(std::forward<F>(f))] { (*held)(); }, site);
  } else if constexpr (!detail::stored_directly<F>) {
    go(closure(std::forward<F>(f)), site);  // copied before anything else: it may throw, or park
  } else {
    [[maybe_unused]] const fiber::runtime_section inside;
    sched::product_worker* w = sched::product::worker_here();
    if (w == nullptr || detail::in_bubble(*w)) [[unlikely]] {
      auto shared = std::make_shared<closure>(std::forward<F>(f));
      return detail::go_unusual([shared] { (*shared)(); }, site);
    }
    sched::product_task& t = sched::product::make_task(*w, site);
    detail::store_closure(t, std::forward<F>(f));
    t.started_after.release();
    if (w->owner.eager_stacks) [[unlikely]]
      sched::give_stack_at_birth(*w, t);
    sched::ready(*w, &t);
  }
}

// Lets every other ready goroutine of this worker run first.
STEALYARD_FORCE_INLINE inline void yield() {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::product_worker* w = sched::product::worker_here();
  if (w == nullptr) [[unlikely]]
    return real::yield();
  if (detail::in_bubble(*w)) [[unlikely]]
    return detail::yield_in_bubble(*w);
  sched::yield(*w);
}

// Ends this goroutine, running destructors on the way.
[[noreturn]] void goexit();

// Gives memory of goroutines that have ended back to the system: stacks (their address space stays reserved) and control blocks, but for
// the few hundred that each worker has at hand. Returns how many bytes of stack and control block were let go, touched or not. Go's
// debug.FreeOSMemory. From anywhere; O(idle stacks), some microseconds for each run of neighbouring ones.
std::size_t free_os_memory() noexcept;

// Changes the number of workers, to 1 .. 256 of them, and returns the old one; n < 1 only asks (0 outside run()). Go's runtime.GOMAXPROCS.
// The world stops for it, as in Go: every goroutine that runs comes to a rest first, at its next call of the runtime, or by signal in what
// is declared STEALYARD_PREEMPTIBLE. One that computes elsewhere is waited for, so it must not wait for others by itself, in a loop that
// calls nothing of the runtime. Blocking regions and goroutines wired to their threads go on meanwhile. Some 100 us where all call the
// runtime often, and O(n^2) for the distances of n workers. One change at a time, in order; a goroutine wired to its thread may
// call it too. Asking: from any thread; changing panics outside a goroutine, as it does for n > 256, and if the system
// has no more threads: then the number is what it was. On stacks of 16 KiB or more.
int set_workers(int n);

// Goroutines alive, main included; 0 outside run(). A snapshot.
std::size_t num_goroutine() noexcept;

// Held by, or for, a thread that the runtime did not start and that will use channels, wait groups, mutexes or go(): while one lives, the
// deadlock message is withheld. Make it in the goroutine that starts the thread, and move it in. Without one the thread may use them
// all the same, but a program whose goroutines all wait for it is reported as deadlocked.
class foreign_guard {
  std::uint64_t run_ = 0;  // which one it is attached to; 0: none

 public:
  foreign_guard();
  ~foreign_guard();
  foreign_guard(foreign_guard&& other) noexcept : run_(std::exchange(other.run_, 0)) {}
  foreign_guard& operator=(foreign_guard&&) = delete;
};

}  // namespace stealyard
