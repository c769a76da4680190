// How programs die, each in a child process. These run first: under qemu-user, a child of a process that had threads may hang.
#include "smoke.hpp"

#include "core/go.hpp"
#include "core/go/sync.hpp"

#include <cstdio>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace stealyard::smoke {

namespace {

struct death {
  int status = -1;
  std::string err;
};

death dies(int (*body)()) {
  int err[2];
  death result;
  if (pipe(err) != 0) return result;
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(err[1], STDERR_FILENO);
    close(err[0]);
    close(err[1]);
    _exit(body());
  }
  close(err[1]);
  char buffer[4096];
  for (ssize_t n; (n = read(err[0], buffer, sizeof buffer)) > 0;) result.err.append(buffer, static_cast<std::size_t>(n));
  close(err[0]);
  int raw = 0;
  waitpid(pid, &raw, 0);
  if (WIFEXITED(raw)) result.status = WEXITSTATUS(raw);
  return result;
}

std::string expect_death(int (*body)(), const char* words) {
  const death d = dies(body);
  if (d.status == 2 && d.err.find(words) != std::string::npos) return {};
  return "status " + std::to_string(d.status) + ", not 2, or the words are not \"" + words + "\":\n" + d.err;
}

std::string an_uncaught_panic_is_fatal() {
  return expect_death(
      [] {
        return run({.workers = 1}, [] {
          wait_group g;
          g.go([] { panic("over and out"); });
          g.wait();
        });
      },
      "panic: over and out");
}

std::string a_deadlock_is_reported() {
  return expect_death([] { return run({.workers = 2}, [] { chan<int>{}.recv(); }); }, "all goroutines are asleep - deadlock!");
}

volatile int never_reached = -1;
[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[512];
  frame[0] = static_cast<char>(depth);
  if (depth == never_reached) return 0;
  return recurse(depth + 1) + frame[0];
}

// By mprotect: qemu-user says yes to MADV_GUARD_INSTALL, and does nothing.
std::string a_stack_overflow_is_named() {
  return expect_death(
      [] {
        return run({.workers = 1, .stack = "mmap_guard"}, [] {
          wait_group g;
          g.go([] { recurse(0); });
          g.wait();
        });
      },
      "fatal error: stack overflow");
}

// Or, where 2 KiB are enough for the context switch, what is refused is less.
std::string a_stack_too_small_is_refused() {
  if constexpr (fiber::chosen_switch::claims.least_size > 1024) {
    return expect_death([] { return run({.stack = "slab_canary", .stack_size = 2112}, [] {}); }, "stack_size=2112: the context switch");
  } else {
    return expect_death([] { return run({.stack = "slab_canary", .stack_size = 1984}, [] {}); },
                        "stack_size=1984: the stack size is below");
  }
}

}  // namespace

std::vector<check> death_checks() {
  return {{"death.an_uncaught_panic_is_fatal", &an_uncaught_panic_is_fatal},
          {"death.a_deadlock_is_reported", &a_deadlock_is_reported},
          {"death.a_stack_overflow_is_named", &a_stack_overflow_is_named},
          {"death.a_stack_too_small_is_refused", &a_stack_too_small_is_refused}};
}

}  // namespace stealyard::smoke
