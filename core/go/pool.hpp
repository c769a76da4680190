// pool<T>: Go's sync.Pool: values kept for their next use, to spare making them.
#pragma once
#include "core/sched/product.hpp"

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

namespace stealyard {

// get gives back a value that somebody put, or what `maker` makes; which one, nobody promises. A put happens before the get that takes
// the value. Each worker has a shelf of its own and looks at the others' only if it is empty; a goroutine that migrates between the two
// calls does no harm, and foreign threads share a shelf. What is put on a full shelf (64 values) is destroyed: unlike Go's, this pool is
// not emptied by a garbage collector. One locked instruction an operation.
template <class T>
class pool {
  static_assert(std::is_nothrow_move_constructible_v<T>, "a pool's element must be nothrow move constructible");
  static constexpr std::size_t most = 64;     // values a shelf
  static constexpr std::size_t shelves = 32;  // workers beyond that share

  struct alignas(line_size) shelf {
    real::mutex mutex;
    [[no_unique_address]] fiber::sync_clock put;  // Go's edge, under mutex
    std::vector<T> values;                // under mutex; room for `most` from the first put on
    atomic<real, std::uint32_t> held{0};  // written under mutex; others read it as a hint, hence relaxed
  };

 public:
  explicit pool(std::function<T()> maker) : maker_(std::move(maker)), shelves_(std::make_unique<shelves_t>()) {}
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  // What the maker throws goes to the caller.
  T get() {
    const std::size_t mine = here();
    for (std::size_t i = 0; i != shelves; ++i) {
      if (std::optional<T> found = take((*shelves_)[(mine + i) % shelves])) return std::move(*found);
    }
    return maker_();
  }

  void put(T value) {
    shelf& s = (*shelves_)[here()];
    if (!place(s, value)) {
      std::vector<T> room;  // made outside the lock: allocating may throw
      room.reserve(most);
      furnish(s, room);
      place(s, value);
    }
  }  // a value that found no room goes here, after the lock: its destructor is the user's code

 private:
  using shelves_t = std::array<shelf, shelves>;

  static std::size_t here() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const sched::product_worker* w = sched::product::worker_here();
    return w == nullptr ? shelves - 1 : w->index % shelves;
  }
  // False: the shelf has no room yet. A full one leaves the value where it is.
  static bool place(shelf& s, T& value) noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const std::lock_guard lock(s.mutex);
    if (s.values.capacity() == 0) return false;
    if (s.values.size() != most) {
      s.values.push_back(std::move(value));
      s.put.merge();
      s.held.store(static_cast<std::uint32_t>(s.values.size()), relaxed);
    }
    return true;
  }
  static void furnish(shelf& s, std::vector<T>& room) noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const std::lock_guard lock(s.mutex);
    if (s.values.capacity() == 0) s.values.swap(room);
  }
  static std::optional<T> take(shelf& s) noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (s.held.load(relaxed) == 0) return {};
    const std::lock_guard lock(s.mutex);
    if (s.values.empty()) return {};
    std::optional<T> taken(std::move(s.values.back()));
    s.values.pop_back();
    s.put.acquire();
    s.held.store(static_cast<std::uint32_t>(s.values.size()), relaxed);
    return taken;
  }

  const std::function<T()> maker_;
  const std::unique_ptr<shelves_t> shelves_;
};

}  // namespace stealyard
