#include "core/topology/trial.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace stealyard::topology {
namespace {

// The verdict goes down the same pipe as stderr: anything but exactly this is a failure. (Not the exit status: it is lost
// to whoever ignores SIGCHLD.)
constexpr std::string_view verdict{"\0fine", 5};

[[noreturn]] void be_the_child(int pipe, std::function<bool()> const& attempt, unsigned seconds) {
  ::dup2(pipe, STDERR_FILENO);
  for (int const signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM}) std::signal(signal, SIG_DFL);  // not the user's handlers
  sigset_t none_blocked;
  sigemptyset(&none_blocked);
  sigprocmask(SIG_SETMASK, &none_blocked, nullptr);
  rlimit const no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::alarm(seconds);
  bool const fine = attempt();
  if (fine && ::write(pipe, verdict.data(), verdict.size()) < 0) ::_exit(1);
  ::_exit(fine ? 0 : 1);
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 512> buffer{};
  for (;;) {
    auto const got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    // Read to the end so that the child never blocks, keep only enough to tell that it is not the verdict.
    if (text.size() <= verdict.size()) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

trial_outcome try_in_a_child(std::function<bool()> const& attempt, unsigned seconds) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return trial_outcome::not_possible;
  pid_t const child = ::fork();
  if (child < 0) {
    int const why = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    errno = why;
    return trial_outcome::not_possible;
  }
  if (child == 0) be_the_child(ends[1], attempt, seconds);
  ::close(ends[1]);
  auto const said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return said == verdict ? trial_outcome::succeeded : trial_outcome::failed;
}

}  // namespace stealyard::topology
