// Text to a file descriptor, without stdio, allocation or locks: for what must be said in a signal handler.
#pragma once
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace stealyard::fiber {

class descriptor_writer {
 public:
  explicit descriptor_writer(int descriptor) noexcept : descriptor_(descriptor) {}
  descriptor_writer(const descriptor_writer&) = delete;
  descriptor_writer& operator=(const descriptor_writer&) = delete;
  ~descriptor_writer() { flush(); }

  descriptor_writer& operator<<(std::string_view text) noexcept {
    while (!text.empty()) {
      if (used_ == sizeof buffer_) flush();
      const std::size_t fits = text.size() < sizeof buffer_ - used_ ? text.size() : sizeof buffer_ - used_;
      std::memcpy(buffer_ + used_, text.data(), fits);
      used_ += fits;
      text.remove_prefix(fits);
    }
    return *this;
  }
  descriptor_writer& operator<<(std::uint64_t number) noexcept { return in_base(number, 10); }
  // Not an operator: a const char* would prefer it.
  descriptor_writer& address(const void* at) noexcept {
    *this << "0x";
    return in_base(reinterpret_cast<std::uintptr_t>(at), 16);
  }

  void flush() noexcept {
    const char* from = buffer_;
    while (used_ != 0) {
      const ssize_t wrote = write(descriptor_, from, used_);
      if (wrote < 0 && errno != EINTR) break;  // nobody listens, and nothing more can be done about it
      if (wrote > 0) {
        from += wrote;
        used_ -= static_cast<std::size_t>(wrote);
      }
    }
    used_ = 0;
  }

 private:
  descriptor_writer& in_base(std::uint64_t number, int base) noexcept {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }

  int descriptor_;
  std::size_t used_ = 0;
  char buffer_[512];
};

}  // namespace stealyard::fiber
