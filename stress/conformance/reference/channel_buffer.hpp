// The sequential channel buffer: drives a buffer from one thread and requires the bounded queue's outcome of each call: alone, nothing
// is spurious and nothing is lost.
// It sees the buffer through virtual calls, and its elements as numbers, so that it is compiled once, not once a variant and element.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/conformance/counted.hpp"
#include "stress/conformance/driven.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace stealyard::reference {

class any_channel_buffer {
 public:
  struct pushed {
    outcome said;
    bool kept;  // the value offered is what it was; meaningless after ok
  };
  struct popped {
    outcome said;
    bool arrived, right;  // an element came, and is the one expected
  };
  virtual ~any_channel_buffer() = default;
  virtual pushed try_push(std::uint64_t number) = 0;
  virtual popped try_pop(std::uint64_t expected) = 0;
  virtual bool close() = 0;
  virtual std::size_t length() const = 0;
};

template <class B, class T>
class any_channel_buffer_of final : public any_channel_buffer {
  B buffer_;

 public:
  explicit any_channel_buffer_of(std::size_t capacity) : buffer_(capacity) {}
  pushed try_push(std::uint64_t number) override {
    T value = conformance::make<T>(number);
    const outcome said = buffer_.try_push(value);
    return {said, said == outcome::ok || conformance::holds(value, number)};
  }
  popped try_pop(std::uint64_t expected) override {
    landing<T> into;
    const outcome said = buffer_.try_pop(into);
    return {said, into.has_value(), into.has_value() && conformance::holds(*into, expected)};
  }
  bool close() override { return buffer_.close(); }
  std::size_t length() const override { return buffer_.length(); }
};

// A type of buffer, with its elements: how to make one, and how many elements are alive, nullopt if they do not count.
struct channel_buffer_type {
  std::unique_ptr<any_channel_buffer> (*make)(std::size_t capacity);
  std::optional<std::size_t> (*alive)();
};
template <template <class, class> class V, class T>
inline constexpr channel_buffer_type channel_buffer_of = {
    [](std::size_t capacity) -> std::unique_ptr<any_channel_buffer> {
      return std::make_unique<any_channel_buffer_of<conformance::driven<V<real, T>, T>, T>>(capacity);
    },
    []() -> std::optional<std::size_t> {
      if constexpr (conformance::counts_lives<T>) {
        return T::alive();
      } else {
        return std::nullopt;
      }
    }};

class channel_buffer {
  const channel_buffer_type type_;
  const std::unique_ptr<any_channel_buffer> buffer_;
  const std::size_t capacity_;
  std::deque<std::uint64_t> inside_;
  bool closed_ = false;
  std::uint64_t next_ = 1;

 public:
  channel_buffer(const channel_buffer_type& type, std::size_t capacity) : type_(type), buffer_(type.make(capacity)), capacity_(capacity) {}
  void push();
  void pop();
  void close();
  void look() const;
};

// After a buffer's end.
void require_nothing_alive(const channel_buffer_type&);

}  // namespace stealyard::reference
