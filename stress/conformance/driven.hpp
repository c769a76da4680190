// A channel buffer as a channel calls it: under a lock, if it leaves locking to the channel.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/world/real.hpp"

#include <mutex>

namespace stealyard::conformance {

template <class B, class T>
class driven {
  B buffer_;
  mutable real::mutex mutex_;

  template <class F>
  auto call(F f) const {
    if constexpr (B::claims.locking == buffer_locking::external) {
      std::lock_guard lock(mutex_);
      return f();
    } else {
      return f();
    }
  }

 public:
  static constexpr channel_buffer_claims claims = B::claims;
  explicit driven(std::size_t capacity) : buffer_(capacity) {}
  outcome try_push(T& value) {
    return call([&] { return buffer_.try_push(value); });
  }
  outcome try_pop(landing<T>& into) {
    return call([&] { return buffer_.try_pop(into); });
  }
  bool close() {
    return call([&] { return buffer_.close(); });
  }
  std::size_t length() const {
    return call([&] { return buffer_.length(); });
  }
};

}  // namespace stealyard::conformance
