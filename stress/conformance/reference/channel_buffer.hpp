// The sequential channel buffer: drives a buffer from one thread and requires the bounded queue's outcome of each call: alone, nothing
// is spurious and nothing is lost.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/conformance/counted.hpp"
#include "stress/conformance/reference/violation.hpp"

#include <cstdint>
#include <deque>

namespace stealyard::reference {

template <class B, class T>
class channel_buffer {
  B buffer_;
  const std::size_t capacity_;
  std::deque<std::uint64_t> inside_;
  bool closed_ = false;
  std::uint64_t next_ = 1;

 public:
  explicit channel_buffer(std::size_t capacity) : buffer_(capacity), capacity_(capacity) {}

  void push() {
    T value = conformance::make<T>(next_);
    const outcome expected = closed_ ? outcome::closed : inside_.size() == capacity_ ? outcome::full : outcome::ok;
    const outcome o = buffer_.try_push(value);
    STEALYARD_REQUIRE(o == expected, "CB3, CB5, CB6: push returned " << o << ", not " << expected << ", with " << inside_.size() << " of "
                                                                     << capacity_ << " inside");
    if (o == outcome::ok) {
      inside_.push_back(next_++);
    } else {
      STEALYARD_REQUIRE(conformance::holds(value, next_), "a push that returned " << o << " touched its value");
    }
  }
  void pop() {
    landing<T> into;
    const outcome expected = !inside_.empty() ? outcome::ok : closed_ ? outcome::closed : outcome::empty;
    const outcome o = buffer_.try_pop(into);
    STEALYARD_REQUIRE(o == expected, "CB4, CB5, CB7: pop returned " << o << ", not " << expected << ", with " << inside_.size() << " of "
                                                                    << capacity_ << " inside");
    STEALYARD_REQUIRE(into.has_value() == (o == outcome::ok), "pop returned " << o << (into ? " with" : " without") << " an element");
    if (o != outcome::ok) return;
    STEALYARD_REQUIRE(conformance::holds(*into, inside_.front()), "CB2: pop did not return the oldest element, " << inside_.front());
    inside_.pop_front();
  }
  void close() {
    STEALYARD_REQUIRE(buffer_.close() == !closed_, "close of " << (closed_ ? "a closed" : "an open") << " buffer said the opposite");
    closed_ = true;
  }
  void look() const {
    STEALYARD_REQUIRE(buffer_.length() == inside_.size(),
                      "CB10: length is " << buffer_.length() << " with " << inside_.size() << " inside");
    if constexpr (conformance::counts_lives<T>) {
      STEALYARD_REQUIRE(T::alive() == inside_.size(), "CB9: " << T::alive() << " elements are alive, " << inside_.size() << " inside");
    }
  }
};

// After a buffer's end.
template <class T>
void require_nothing_alive() {
  if constexpr (conformance::counts_lives<T>) {
    STEALYARD_REQUIRE(T::alive() == 0, "CB9: " << T::alive() << " elements outlive their buffer");
  }
}

}  // namespace stealyard::reference
