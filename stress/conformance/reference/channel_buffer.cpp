#include "stress/conformance/reference/channel_buffer.hpp"

#include "stress/conformance/reference/violation.hpp"

namespace stealyard::reference {

void channel_buffer::push() {
  const outcome expected = closed_ ? outcome::closed : inside_.size() == capacity_ ? outcome::full : outcome::ok;
  const auto [o, kept] = buffer_->try_push(next_);
  STEALYARD_REQUIRE(o == expected, "CB3, CB5, CB6: push returned " << o << ", not " << expected << ", with " << inside_.size() << " of "
                                                                   << capacity_ << " inside");
  if (o == outcome::ok) {
    inside_.push_back(next_++);
  } else {
    STEALYARD_REQUIRE(kept, "a push that returned " << o << " touched its value");
  }
}

void channel_buffer::pop() {
  const outcome expected = !inside_.empty() ? outcome::ok : closed_ ? outcome::closed : outcome::empty;
  const auto [o, arrived, right] = buffer_->try_pop(inside_.empty() ? 0 : inside_.front());
  STEALYARD_REQUIRE(o == expected, "CB4, CB5, CB7: pop returned " << o << ", not " << expected << ", with " << inside_.size() << " of "
                                                                  << capacity_ << " inside");
  STEALYARD_REQUIRE(arrived == (o == outcome::ok), "pop returned " << o << (arrived ? " with" : " without") << " an element");
  if (o != outcome::ok) return;
  STEALYARD_REQUIRE(right, "CB2: pop did not return the oldest element, " << inside_.front());
  inside_.pop_front();
}

void channel_buffer::close() {
  STEALYARD_REQUIRE(buffer_->close() == !closed_, "close of " << (closed_ ? "a closed" : "an open") << " buffer said the opposite");
  closed_ = true;
}

void channel_buffer::look() const {
  STEALYARD_REQUIRE(buffer_->length() == inside_.size(),
                    "CB10: length is " << buffer_->length() << " with " << inside_.size() << " inside");
  const std::size_t alive = type_.alive().value_or(inside_.size());
  STEALYARD_REQUIRE(alive == inside_.size(), "CB9: " << alive << " elements are alive, " << inside_.size() << " inside");
}

void require_nothing_alive(const channel_buffer_type& type) {
  const std::size_t alive = type.alive().value_or(0);
  STEALYARD_REQUIRE(alive == 0, "CB9: " << alive << " elements outlive their buffer");
}

}  // namespace stealyard::reference
