#include "core/sched/quit.hpp"

#include "core/fiber/descriptor_writer.hpp"
#include "core/sched/dump.hpp"
#include "core/sched/fatal.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/threads.hpp"

#include <csignal>
#include <unistd.h>

namespace stealyard::sched {

namespace {

constinit atomic<real, product_scheduler*> watched{nullptr};

#if defined(STEALYARD_TSAN)
// TSan delivers signals where it likes, so nobody can be frozen, and no stack be looked at: who there is, and where from.
void print_headings(const product_scheduler& s) noexcept {
  s.pool->for_each_alive([](const product_task& t) noexcept {
    print_heading(STDERR_FILENO, t);
    print_creation(STDERR_FILENO, t);
  });
}
#else
// The thread that stands on t's stack; null: t is suspended, or never ran.
runtime_thread* thread_on(const product_task& t) noexcept {
  if (t.stack == nullptr) return nullptr;
  const auto low = reinterpret_cast<std::uintptr_t>(t.stack->low);
  for (unsigned i = 0; i != runtime_thread::most; ++i) {
    runtime_thread* thread = thread_at(i);
    if (thread != nullptr && thread->frozen() && thread->stack_pointer() - low < t.stack->size) return thread;
  }
  return nullptr;
}

// Where everybody stands still, what a control block says is so; what a thread was doing when it was frozen, its stack pointer tells.
// Where somebody does not, a goroutine that seems suspended may run any moment: its stack is left alone.
void print_everybody(const product_scheduler& s, bool still) noexcept {
  s.pool->for_each_alive([still](const product_task& t) noexcept {
    const runtime_thread* running = thread_on(t);
    if (running == nullptr && still) {
      print_suspended(STDERR_FILENO, t, fiber::names::raw);
      return;
    }
    print_heading(STDERR_FILENO, t, running != nullptr ? "running" : nullptr);
    if (running != nullptr) {
      print_frames(STDERR_FILENO, running->frames(), fiber::names::raw);
    } else {
      fiber::descriptor_writer(STDERR_FILENO) << "\tgoroutine running on other thread; stack unavailable\n";
    }
    print_creation(STDERR_FILENO, t);
  });
}
#endif

// Not for AddressSanitizer: before it calls what does not return it would ask libc for the bounds of the stack, and whom we
// interrupted may hold libc's lock.
__attribute__((no_sanitize("address"))) void on_quit(int, siginfo_t*, void* machine) noexcept {
  product_scheduler* s = watched.load(acquire);
  if (s == nullptr) end_process();  // run() is over this very moment
  fiber::descriptor_writer(STDERR_FILENO) << "SIGQUIT: quit\n";
#if defined(STEALYARD_TSAN)
  (void)machine;
  print_headings(*s);
#else
  const bool still = freeze_others();
  if (runtime_thread* me = this_runtime_thread()) me->note_place(machine);
  print_everybody(*s, still);
#endif
  end_process();
}

}  // namespace

quit_watch::quit_watch(product_scheduler& s) noexcept {
  struct sigaction now{};
  if (::sigaction(SIGQUIT, nullptr, &now) != 0 || (now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL) return;
  listen_for_signals();
  watched.store(&s, release);
  struct sigaction mine{};
  mine.sa_sigaction = &on_quit;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&mine.sa_mask);
  watching_ = ::sigaction(SIGQUIT, &mine, nullptr) == 0;
}

quit_watch::~quit_watch() {
  if (!watching_) return;
  struct sigaction now{};
  if (::sigaction(SIGQUIT, nullptr, &now) == 0 && now.sa_sigaction == &on_quit) {
    now.sa_handler = SIG_DFL;
    now.sa_flags = 0;
    ::sigaction(SIGQUIT, &now, nullptr);
  }
  watched.store(nullptr, release);
}

}  // namespace stealyard::sched
