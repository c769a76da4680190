// held: a count of something with hold() and let_go().
#pragma once
#include "core/fiber/go_edges.hpp"

#include <utility>

namespace stealyard::detail {

template <class T>
class held {
  T* it_ = nullptr;

 public:
  held() noexcept = default;
  explicit held(T* adopted) noexcept : it_(adopted) {}
  held(const held& other) noexcept : it_(other.it_) {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (it_ != nullptr) it_->hold();
  }
  held(held&& other) noexcept : it_(std::exchange(other.it_, nullptr)) {}
  held& operator=(held other) noexcept {
    std::swap(it_, other.it_);
    return *this;
  }
  ~held() {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (it_ != nullptr) it_->let_go();
  }
  T* get() const noexcept { return it_; }
};

}  // namespace stealyard::detail
