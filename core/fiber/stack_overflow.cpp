#include "core/fiber/stack_overflow.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace stealyard::fiber {
namespace {

constexpr std::size_t alternate_size = std::size_t{64} << 10;  // a traceback is printed on it

std::atomic<const overflow_watch*> current{nullptr};
struct sigaction earlier_segv;
struct sigaction earlier_bus;

const void* faulting_instruction(const void* machine) noexcept {
#if defined(__x86_64__)
  const auto* context = static_cast<const ucontext_t*>(machine);
  return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]));
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(machine)->uc_mcontext.pc));
#else
  static_cast<void>(machine);
  return nullptr;
#endif
}

void hand_on(int signal, siginfo_t* info, void* machine) noexcept {
  const struct sigaction& earlier = signal == SIGBUS ? earlier_bus : earlier_segv;
  if ((earlier.sa_flags & SA_SIGINFO) != 0) {
    earlier.sa_sigaction(signal, info, machine);
  } else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
    earlier.sa_handler(signal);
  } else {
    // Return, and the same instruction faults again with nobody to catch it; a signal somebody sent must be sent again.
    struct sigaction as_before = earlier;
    as_before.sa_handler = SIG_DFL;  // a fault cannot be ignored
    sigaction(signal, &as_before, nullptr);
    if (info->si_code <= 0) raise(signal);
  }
}

void on_fault(int signal, siginfo_t* info, void* machine) noexcept {
  const overflow_watch* watch = current.load(std::memory_order::acquire);
  if (watch != nullptr && info->si_code > 0) {
    const stack_block hit = watch->find(watch->owner, info->si_addr);
    if (hit) {
      watch->report(watch->owner, {info->si_addr, hit, faulting_instruction(machine)});
      _exit(2);
    }
  }
  hand_on(signal, info, machine);
}

bool is_ours(int signal) noexcept {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_fault;
}

bool take_over(int signal, struct sigaction& earlier) noexcept {
  if (is_ours(signal)) return true;
  struct sigaction mine{};
  mine.sa_sigaction = &on_fault;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&mine.sa_mask);
  return sigaction(signal, &mine, &earlier) == 0;
}

void give_back(int signal, const struct sigaction& earlier) noexcept {
  if (is_ours(signal)) sigaction(signal, &earlier, nullptr);  // unless somebody came after us
}

}  // namespace

bool watch_overflows(const overflow_watch& watch) noexcept {
  current.store(&watch, std::memory_order::release);
  if (take_over(SIGSEGV, earlier_segv) && take_over(SIGBUS, earlier_bus)) return true;
  current.store(nullptr, std::memory_order::release);
  return false;
}

void stop_watching_overflows() noexcept {
  give_back(SIGSEGV, earlier_segv);
  give_back(SIGBUS, earlier_bus);
  current.store(nullptr, std::memory_order::release);
}

alternate_stack::alternate_stack() noexcept {
  void* memory = mmap(nullptr, alternate_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t mine{};
  mine.ss_sp = memory;
  mine.ss_size = alternate_size;
  stack_t earlier{};
  if (sigaltstack(&mine, &earlier) != 0) {
    munmap(memory, alternate_size);
    return;
  }
  memory_ = memory;
  earlier_memory_ = earlier.ss_sp;
  earlier_size_ = earlier.ss_size;
  earlier_flags_ = earlier.ss_flags;
}

alternate_stack::~alternate_stack() {
  if (memory_ == nullptr) return;
  stack_t back{};
  back.ss_sp = earlier_memory_;
  back.ss_size = earlier_size_;
  back.ss_flags = earlier_memory_ == nullptr ? SS_DISABLE : earlier_flags_ & ~SS_ONSTACK;
  sigaltstack(&back, nullptr);
  munmap(memory_, alternate_size);
}

}  // namespace stealyard::fiber
