// abstract_buffer: a channel buffer reached through a table, for every buffer but mutex_ring (which chan_core has inlined).
#pragma once
#include "core/contract/channel_buffer.hpp"

namespace stealyard {

template <class T>
class abstract_buffer {
 public:
  virtual ~abstract_buffer() = default;
  virtual outcome try_push(T& value) noexcept = 0;
  virtual outcome try_pop(landing<T>& into) noexcept = 0;
  virtual bool close() noexcept = 0;
  virtual std::size_t length() const noexcept = 0;
};

template <class Buffer, class T>
class buffer_box final : public abstract_buffer<T> {
  static_assert(contract::channel_buffer<Buffer, T>, "see core/contract/channel_buffer.hpp for what is missing");
  Buffer buffer_;

 public:
  explicit buffer_box(std::size_t capacity) : buffer_(capacity) {}
  outcome try_push(T& value) noexcept override { return buffer_.try_push(value); }
  outcome try_pop(landing<T>& into) noexcept override { return buffer_.try_pop(into); }
  bool close() noexcept override { return buffer_.close(); }
  std::size_t length() const noexcept override { return buffer_.length(); }
};

}  // namespace stealyard
