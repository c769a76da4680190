// plain_cell: raw storage for one T, with put, peek, take and an explicit end of life.
// Works for any movable T: move-only, over-aligned, without a default constructor.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace stealyard::world {

// `Token` is told of every access before it happens; the checking worlds hang their race detector there.
template <class T, class Token>
class plain_cell {
  alignas(T) std::byte storage_[sizeof(T)];
  [[no_unique_address]] mutable Token token_;

  T* at() noexcept { return std::launder(reinterpret_cast<T*>(storage_)); }
  const T* at() const noexcept { return std::launder(reinterpret_cast<const T*>(storage_)); }

 public:
  plain_cell() = default;
  plain_cell(const plain_cell&) = delete;
  plain_cell& operator=(const plain_cell&) = delete;

  // Constructs the value. The cell must be empty.
  template <class U = T>
  void put(U&& value) noexcept {
    token_.write();
    std::construct_at(reinterpret_cast<T*>(storage_), std::forward<U>(value));
  }
  // Moves the value out and ends its life: the cell is empty afterwards.
  T take() noexcept {
    token_.write();
    T value = std::move(*at());
    std::destroy_at(at());
    return value;
  }
  // Reads the value in place; it stays.
  const T& peek() const noexcept {
    token_.read();
    return *at();
  }
  // Writes in place: the cell must hold a value.
  T& poke() noexcept {
    token_.write();
    return *at();
  }
  // Ends the value's life without reading it.
  void drop() noexcept {
    token_.write();
    std::destroy_at(at());
  }
};

}  // namespace stealyard::world
