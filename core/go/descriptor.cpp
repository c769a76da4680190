#include "core/go/descriptor.hpp"

#include "core/fiber/worker_pointer.hpp"
#include "core/go/panic.hpp"
#include "core/sched/netpoll.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace stealyard {

namespace detail {

struct descriptor_state {
  std::shared_ptr<sched::netpoll> poller;
  std::shared_ptr<sched::pollable> watched;
  atomic<real, nanoseconds_t> deadlines[2] = {atomic<real, nanoseconds_t>{never}, atomic<real, nanoseconds_t>{never}};

  descriptor_state(std::shared_ptr<sched::netpoll> by, int fd) : poller(std::move(by)), watched(poller->watch(fd)) {}
  ~descriptor_state() { poller->close(*watched); }

  nanoseconds_t deadline(sched::io_side side) const noexcept { return deadlines[static_cast<std::size_t>(side)].load(relaxed); }
};

}  // namespace detail

namespace {

using sched::io_side;
using sched::io_wait;

const char* words_for(int code) {
  if (code == ETIMEDOUT) return "i/o timeout";
  if (code == EBADF) return "use of closed network connection";
  return std::strerror(code);
}

class use {
  sched::pollable& of_;

 public:
  use(sched::pollable& p, const char* operation) : of_(p) {
    if (!of_.begin_use()) throw io_error(operation, EBADF);
  }
  ~use() { of_.end_use(); }
  use(const use&) = delete;
  use& operator=(const use&) = delete;
};

detail::descriptor_state& state_of(const std::shared_ptr<detail::descriptor_state>& s, const char* operation) {
  if (s == nullptr || s->poller->stopped()) throw io_error(operation, EBADF);
  return *s;
}

void wait_for(detail::descriptor_state& s, io_side side, const char* operation) {
  switch (s.poller->wait(s.watched, side, s.deadline(side))) {
    case io_wait::ready:
      return;
    case io_wait::timed_out:
      throw io_error(operation, ETIMEDOUT);
    case io_wait::closed:
      throw io_error(operation, EBADF);
  }
}

// Repeats a system call until it does not block. Its errno is asked for by call: the loop may go on upon another thread.
template <class Call>
ssize_t insist(detail::descriptor_state& s, io_side side, const char* operation, Call&& call) {
  const use inside(*s.watched, operation);
  if (s.deadline(side) <= real::now()) throw io_error(operation, ETIMEDOUT);
  for (;;) {
    const ssize_t n = call(s.watched->descriptor());
    if (n >= 0) return n;
    const int why = fiber::errno_here();
    if (why == EAGAIN || why == EWOULDBLOCK) {
      wait_for(s, side, operation);
    } else if (why != EINTR) {
      throw io_error(operation, why);
    }
  }
}

sockaddr_in address_of(const char* operation, const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, text, &address.sin_addr) != 1) throw io_error(operation, EINVAL);
  return address;
}

int make_socket(const char* operation) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw io_error(operation, fiber::errno_here());
  return fd;
}

// Without waiting for the other side to fill a packet, as Go does.
void without_delay(int fd) noexcept {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

io_error::io_error(const char* operation, int code) : text_(std::string(operation) + ": " + words_for(code)), code_(code) {}
bool io_error::timeout() const noexcept { return code_ == ETIMEDOUT; }

descriptor::descriptor(int fd) {
  auto poller = sched::netpoll_here();
  if (poller == nullptr) {
    ::close(fd);
    panic_text("stealyard: descriptor outside run");
  }
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    const int why = fiber::errno_here();
    ::close(fd);
    throw io_error("descriptor", why);
  }
  try {
    state_ = std::make_shared<detail::descriptor_state>(std::move(poller), fd);
  } catch (const std::system_error& e) {
    throw io_error("descriptor", e.code().value());
  }
}

std::size_t descriptor::read(void* into, std::size_t n) const {
  auto& s = state_of(state_, "read");
  return static_cast<std::size_t>(insist(s, io_side::read, "read", [=](int fd) { return ::read(fd, into, n); }));
}

void descriptor::write(const void* from, std::size_t n) const {
  auto& s = state_of(state_, "write");
  const char* at = static_cast<const char*>(from);
  while (n != 0) {
    const ssize_t wrote = insist(s, io_side::write, "write", [=](int fd) {
      const ssize_t sent = ::send(fd, at, n, MSG_NOSIGNAL);  // a broken connection is an error, not a signal
      return sent < 0 && fiber::errno_here() == ENOTSOCK ? ::write(fd, at, n) : sent;
    });
    at += wrote;
    n -= static_cast<std::size_t>(wrote);
  }
}

descriptor descriptor::accept() const {
  auto& s = state_of(state_, "accept");
  const auto fd = static_cast<int>(insist(s, io_side::read, "accept", [](int listening) -> ssize_t {
    return ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }));
  without_delay(fd);
  return descriptor(fd);
}

void descriptor::close() const noexcept {
  if (state_ != nullptr) state_->poller->close(*state_->watched);
}

void descriptor::set_read_deadline(clock::time_point t) const noexcept {
  if (state_ != nullptr) state_->deadlines[0].store(t == clock::time_point::max() ? never : t.time_since_epoch().count(), relaxed);
}
void descriptor::set_write_deadline(clock::time_point t) const noexcept {
  if (state_ != nullptr) state_->deadlines[1].store(t == clock::time_point::max() ? never : t.time_since_epoch().count(), relaxed);
}

std::uint16_t descriptor::local_port() const {
  auto& s = state_of(state_, "local_port");
  const use inside(*s.watched, "local_port");
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(s.watched->descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return address.sin_family == AF_INET ? ntohs(address.sin_port) : std::uint16_t{0};
}

descriptor listen_tcp(const char* address, std::uint16_t port) {
  const sockaddr_in where = address_of("listen", address, port);
  const int fd = make_socket("listen");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    const int why = fiber::errno_here();
    ::close(fd);
    throw io_error("listen", why);
  }
  return descriptor(fd);
}

descriptor dial_tcp(const char* address, std::uint16_t port, clock::time_point deadline) {
  const sockaddr_in where = address_of("connect", address, port);
  descriptor made(make_socket("connect"));
  made.set_write_deadline(deadline);
  auto& s = *made.state_;
  bool begun = false;
  insist(s, io_side::write, "connect", [&](int fd) -> ssize_t {
    if (!begun) {
      begun = true;
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return 0;
      if (fiber::errno_here() == EINPROGRESS || fiber::errno_here() == EINTR) fiber::set_errno_here(EAGAIN);
      return -1;
    }
    // Woken: it is connected, has failed, or this was the edge of a socket that was not yet anything.
    int why = 0;
    socklen_t size = sizeof why;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    if (why == 0 && ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0) return 0;
    fiber::set_errno_here(why == 0 ? EAGAIN : why);
    return -1;
  });
  {
    const use inside(*s.watched, "connect");
    without_delay(s.watched->descriptor());
  }
  made.set_write_deadline(clock::time_point::max());
  return made;
}

}  // namespace stealyard
