// descriptor: sockets, pipes and other descriptors that can be polled, read and written by goroutines without holding a worker.
#pragma once
#include "core/go/time.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace stealyard {

namespace detail {
struct descriptor_state;
}

// What failed, and why: "read: i/o timeout", "accept: use of closed network connection", "connect: Connection refused".
class io_error : public std::exception {
  std::string text_;
  int code_;

 public:
  io_error(const char* operation, int code);
  const char* what() const noexcept override { return text_.c_str(); }
  int code() const noexcept { return code_; }  // errno's; ETIMEDOUT: a deadline passed; EBADF: it was closed meanwhile
  bool timeout() const noexcept;
};

// A handle: copies are the same descriptor, which is closed by close(), or with the last handle. Any goroutine or thread may use any of
// them at any time; those who wait for the same thing all try when it happens. To be used within the run() that made it.
// Deadlines are for operations that begin afterwards; time_point::max(): none. One that has passed fails them at once.
class descriptor {
 public:
  descriptor() noexcept = default;  // none
  // Owns fd from now on, and makes it non-blocking. Throws io_error: it cannot be polled (a regular file); it is then closed.
  explicit descriptor(int fd);

  // At least one byte, at most n; 0: the end. Throws io_error.
  std::size_t read(void* into, std::size_t n) const;
  // All n bytes; throws io_error, and then some of them may have been written.
  void write(const void* from, std::size_t n) const;
  void write(std::string_view text) const { write(text.data(), text.size()); }
  // Of a listening socket.
  descriptor accept() const;
  // Whoever is in an operation fails. Idempotent.
  void close() const noexcept;

  void set_deadline(clock::time_point t) const noexcept { set_read_deadline(t), set_write_deadline(t); }
  void set_read_deadline(clock::time_point t) const noexcept;   // of read and accept
  void set_write_deadline(clock::time_point t) const noexcept;

  std::uint16_t local_port() const;  // of a socket; 0: it has none
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  friend descriptor dial_tcp(const char* address, std::uint16_t port, clock::time_point deadline);
  std::shared_ptr<detail::descriptor_state> state_;
};

// IPv4, numbers and dots. Port 0: any free one. Throws io_error.
descriptor listen_tcp(const char* address, std::uint16_t port);
descriptor dial_tcp(const char* address, std::uint16_t port, clock::time_point deadline = clock::time_point::max());

}  // namespace stealyard
