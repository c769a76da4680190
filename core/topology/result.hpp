// result<T>: a value, or the reason there is none. What can go wrong with a topology is decided by people and machines
// outside the program (a file, an option, a container), so it is a value here, never an exception and never a fall-back.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace stealyard::topology {

/// Who has to act: `usage` is a wrong option or file (exit status 2), `system` is the machine refusing (exit status 1).
enum class error_kind { usage, system };

/// Why there is no value. `reason` is one line for a person: it names the offending value and what is accepted.
struct error {
  error_kind kind = error_kind::usage;
  std::string reason;
};

/// Either a T or an error. Test it before reading it: reading the absent side prints the reason and aborts.
template <class T>
class [[nodiscard]] result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a function that may fail returns either as it is
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(topology::error why) : state_(std::in_place_index<1>, std::move(why)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] T& value() & { return *checked(); }
  [[nodiscard]] T const& value() const& { return *const_cast<result*>(this)->checked(); }
  [[nodiscard]] T&& value() && { return std::move(*checked()); }
  T& operator*() & { return value(); }
  T const& operator*() const& { return value(); }
  T* operator->() { return checked(); }
  T const* operator->() const { return const_cast<result*>(this)->checked(); }

  [[nodiscard]] topology::error const& error() const {
    auto const* why = std::get_if<1>(&state_);
    if (why == nullptr) fail("result: asked for the error of a value");
    return *why;
  }

 private:
  T* checked() {
    auto* value = std::get_if<0>(&state_);
    if (value == nullptr) fail(std::get_if<1>(&state_)->reason.c_str());
    return value;
  }
  [[noreturn]] static void fail(char const* why) {
    std::fprintf(stderr, "stealyard: %s\n", why);
    std::abort();
  }

  std::variant<T, topology::error> state_;
};

}  // namespace stealyard::topology
