#include "core/sched/threads.hpp"

#include "core/sched/preempt.hpp"

#include <cerrno>
#include <csignal>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// The linker's: where each jump from stack to stack begins and ends, as offsets from the entries (variants/shared/jump_range.hpp).
// NOLINTBEGIN(bugprone-reserved-identifier): names that the linker chose
extern "C" {
extern const std::int32_t __start_stealyard_jumps[] __attribute__((weak));
extern const std::int32_t __stop_stealyard_jumps[] __attribute__((weak));
}
// NOLINTEND(bugprone-reserved-identifier)

namespace stealyard::sched {

namespace {

constexpr int our_signal = SIGURG;

constinit atomic<real, runtime_thread*> table[runtime_thread::most]{};
constinit atomic<real, std::int32_t> freezer{0};  // the thread that wants all others to stand still; 0: nobody

// There the stack pointer is of one stack and what unwind tables say of another: a walk may leave a fresh stack over its top.
bool between_stacks(std::uintptr_t at) noexcept {
  const auto place = [](const std::int32_t* entry) {
    return reinterpret_cast<std::uintptr_t>(entry) + static_cast<std::uintptr_t>(std::intptr_t{*entry});
  };
  const std::int32_t* const last = __stop_stealyard_jumps;
  for (const std::int32_t* entry = __start_stealyard_jumps; entry != last; entry += 2) {
    if (at - place(entry) < place(entry + 1) - place(entry)) return true;
  }
  return false;
}

void on_signal(int, siginfo_t*, void* machine) noexcept {
  const int saved = errno;
  const pid_t freezes = freezer.load(acquire);
  if (freezes != 0 && freezes != this_thread_id()) {  // it may be nudged as well, by a monitor that knows of nothing
    if (runtime_thread* me = this_runtime_thread()) {
      me->note_place(machine);
      for (;;) ::pause();  // whoever froze us ends the process
    }
  }
  interrupted_by_monitor(machine);
  errno = saved;
}

}  // namespace

pid_t this_thread_id() noexcept { return static_cast<pid_t>(::syscall(SYS_gettid)); }

runtime_thread::runtime_thread() noexcept : id_(this_thread_id()) {
  for (unsigned i = 0; i != most && place_ == most; ++i) {
    runtime_thread* nobody = nullptr;
    if (table[i].compare_exchange_strong(nobody, this, seq_cst, relaxed)) place_ = i;
  }
  // Whoever freezes looked for us before we were in the table, or finds us there; this look is after, so one of the two sees the other.
  if (freezer.load(seq_cst) != 0) {
    frozen_.store(1u, release);
    for (;;) ::pause();
  }
}

runtime_thread::~runtime_thread() {
  if (place_ != most) table[place_].store(nullptr, release);
}

void runtime_thread::note_place(const void* machine) noexcept {
  std::uintptr_t at = 0;
#if defined(__x86_64__)
  const auto& registers = static_cast<const ucontext_t*>(machine)->uc_mcontext.gregs;
  stack_pointer_ = static_cast<std::uintptr_t>(registers[REG_RSP]);
  at = static_cast<std::uintptr_t>(registers[REG_RIP]);
#elif defined(__aarch64__)
  stack_pointer_ = static_cast<const ucontext_t*>(machine)->uc_mcontext.sp;
  at = static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(machine)->uc_mcontext.pc);
#endif
  if (!between_stacks(at)) frames_ = fiber::capture_interrupted();
  frozen_.store(1u, release);
}

runtime_thread* thread_at(unsigned i) noexcept { return table[i].load(acquire); }

runtime_thread* this_runtime_thread() noexcept {
  const pid_t me = this_thread_id();
  for (auto& entry : table) {
    runtime_thread* t = entry.load(acquire);
    if (t != nullptr && t->id() == me) return t;
  }
  return nullptr;
}

void listen_for_signals() noexcept {
  struct sigaction now{};
  if (::sigaction(our_signal, nullptr, &now) != 0) return;
  if ((now.sa_flags & SA_SIGINFO) != 0 || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN)) return;
  struct sigaction mine{};
  mine.sa_sigaction = &on_signal;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&mine.sa_mask);
  ::sigaddset(&mine.sa_mask, SIGQUIT);  // whose dump would find us on the stack for signals, and take the goroutine for suspended
  ::sigaction(our_signal, &mine, nullptr);
}

void nudge(pid_t thread) noexcept { ::syscall(SYS_tgkill, ::getpid(), thread, our_signal); }

bool freeze_others() noexcept {
  const pid_t me = this_thread_id();
  freezer.store(me, seq_cst);
  for (auto& entry : table) {
    const runtime_thread* t = entry.load(seq_cst);
    if (t != nullptr && t->id() != me) nudge(t->id());
  }
  const nanoseconds_t limit = real::now() + 2'000'000'000;
  for (auto& entry : table) {
    const runtime_thread* t = entry.load(acquire);
    while (t != nullptr && t->id() != me && !t->frozen()) {
      if (real::now() >= limit) return false;
      real::yield();
    }
  }
  return true;
}

}  // namespace stealyard::sched
