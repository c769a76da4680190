// Elements that a buffer can get wrong: counted and move-only, over-aligned, boxed, without size.
#pragma once
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace stealyard::conformance {

// Counts the values alive. Moved-from objects hold none, and copying is impossible.
template <std::size_t Alignment>
class alignas(Alignment) life {
  static inline std::atomic<std::size_t> alive_{0};
  std::uint64_t value_;

  void check_place() const {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(this) % Alignment, 0u) << "CB9: an element lies off its alignment of " << Alignment;
  }

 public:
  explicit life(std::uint64_t value) noexcept : value_(value) { alive_ += value_ != 0; }
  life(life&& other) noexcept : value_(other.value_) {
    check_place();
    other.value_ = 0;
  }
  life& operator=(life&& other) noexcept {
    alive_ -= value_ != 0;
    value_ = other.value_;
    other.value_ = 0;
    return *this;
  }
  ~life() { alive_ -= value_ != 0; }

  std::uint64_t value() const { return value_; }
  static std::size_t alive() { return alive_.load(); }
};
// Takes its time to move, and looks at its source last: whoever frees or fills a cell too early is seen to.
class unhurried {
  std::uint64_t value_;

 public:
  explicit unhurried(std::uint64_t value) noexcept : value_(value) {}
  unhurried(unhurried&& other) noexcept : value_((world::perturbation::dawdle(), world::perturbation::dawdle(), other.value_)) {}
  unhurried& operator=(unhurried&& other) noexcept {
    world::perturbation::dawdle();
    value_ = other.value_;
    return *this;
  }
  std::uint64_t value() const { return value_; }
};

using counted = life<alignof(std::uint64_t)>;
using over_aligned = life<256>;
using boxed = std::unique_ptr<std::uint64_t>;
struct nothing {};

template <class T>
concept counts_lives = requires { T::alive(); };

// Element number n, n >= 1, and whether an element is that one.
template <class T>
T make(std::uint64_t n) {
  if constexpr (std::same_as<T, boxed>) {
    return std::make_unique<std::uint64_t>(n);
  } else if constexpr (std::same_as<T, nothing>) {
    return {};
  } else {
    return T(n);
  }
}
inline std::uint64_t number(std::uint64_t element) { return element; }
inline std::uint64_t number(const unhurried& element) { return element.value(); }
inline bool holds(std::uint64_t element, std::uint64_t n) { return element == n; }
inline bool holds(const boxed& element, std::uint64_t n) { return element != nullptr && *element == n; }
inline bool holds(const nothing&, std::uint64_t) { return true; }
template <std::size_t A>
bool holds(const life<A>& element, std::uint64_t n) {
  return element.value() == n;
}

}  // namespace stealyard::conformance
