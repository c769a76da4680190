// Panics. A panic is an exception; one that nobody catches ends the process with Go's message, the goroutine, a traceback and status 2.
#pragma once
#include <exception>
#include <sstream>
#include <string>
#include <utility>

namespace stealyard {

class panic_error : public std::exception {
  std::string text_;

 public:
  explicit panic_error(std::string text) : text_(std::move(text)) {}
  // The text, without "panic: ".
  const char* what() const noexcept override { return text_.c_str(); }
};

[[noreturn, gnu::noinline, gnu::cold]] inline void panic_text(std::string text) { throw panic_error(std::move(text)); }

// panic(values…): throws panic_error; the values are written one after another.
template <class... Values>
[[noreturn]] void panic(const Values&... values) {
  std::ostringstream text;
  (text << ... << values);
  panic_text(std::move(text).str());
}

}  // namespace stealyard
