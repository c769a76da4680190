// world_cells: what the explorer's world keeps memory in: an atomic whose orders may be weakened, and a race-checked plain cell.
#pragma once
#include "core/world/order.hpp"
#include "stress/explore/cell_token.hpp"
#include "stress/explore/machine.hpp"
#include "stress/world/sites.hpp"
#include "stress/world/trace.hpp"

#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace stealyard::world {

using where = std::source_location;

inline void explorer_record(verb what, const void* object, const where& at, std::uint64_t value = 0) noexcept {
  if (!the_trace.on()) return;
  the_trace.add({.thread = explore::the_machine.current(), .what = what, .object = object, .value = value, .site = at});
}

inline std::memory_order explorer_order(role r, const order& o) {
  if (!sites.watching()) [[likely]]
    return o.value;
  const explore::outside_the_model unseen;
  return sites.effective(r, o.value, o.site);
}

template <class T>
class explorer_atomic {
  static_assert(std::is_trivially_copyable_v<T> && std::has_single_bit(sizeof(T)) && sizeof(T) <= 8);
  using bits = std::conditional_t<
      sizeof(T) == 1, std::uint8_t,
      std::conditional_t<sizeof(T) == 2, std::uint16_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
  explore::location_id location_;

  static std::uint64_t in(T v) noexcept { return std::bit_cast<bits>(v); }
  static T out(std::uint64_t v) noexcept { return std::bit_cast<T>(static_cast<bits>(v)); }
  static std::uint64_t shown(std::uint64_t v) noexcept {
    if constexpr (std::is_signed_v<T>) return static_cast<std::uint64_t>(static_cast<std::int64_t>(out(v)));
    return v;
  }
  void record(verb what, std::uint64_t value, std::memory_order o, const where& at, std::uint64_t before,
              explore::message_id from) const noexcept;
  template <class D>
  static std::uint64_t step(D d) noexcept {
    if constexpr (std::is_pointer_v<T>) {
      return static_cast<std::uint64_t>(static_cast<std::ptrdiff_t>(d) * static_cast<std::ptrdiff_t>(sizeof(std::remove_pointer_t<T>)));
    } else {
      return in(static_cast<T>(d));
    }
  }
  T update(verb what, explore::machine::change f, std::uint64_t argument, const order& o) noexcept {
    const std::memory_order used = explorer_order(role::rmw, o);
    const auto got = explore::the_machine.update(location_, f, argument, used, o.site);
    record(what, f(got.value, argument), used, o.site, got.value, got.from);
    return out(got.value);
  }
  bool compare_exchange(bool weak, T& expected, T desired, const order& ok, const order& fail) noexcept {
    const std::memory_order won = explorer_order(role::cas_ok, ok);
    const std::memory_order lost = explorer_order(role::cas_fail, fail);
    const auto got = explore::the_machine.compare_exchange(location_, {in(expected), in(desired), won, lost, weak}, ok.site);
    record(got.done ? verb::cas_ok : verb::cas_failed, in(desired), got.done ? won : lost, ok.site, got.value, got.from);
    if (!got.done) expected = out(got.value);
    return got.done;
  }

 public:
  explorer_atomic() noexcept : explorer_atomic(T{}) {}
  explicit explorer_atomic(T v) noexcept : location_(explore::the_machine.make(in(v), where::current())) {
    asm volatile("" : : "r"(this) : "memory");  // else a compiler drops an object that nobody deletes, and with it the leak
  }
  explorer_atomic(const explorer_atomic&) = delete;
  explorer_atomic& operator=(const explorer_atomic&) = delete;
  ~explorer_atomic() { explore::the_machine.destroy(location_, where::current()); }

  T load(order o) const noexcept {
    const std::memory_order used = explorer_order(role::load, o);
    const auto got = explore::the_machine.load(location_, used, o.site);
    record(verb::load, got.value, used, o.site, 0, got.from);
    return out(got.value);
  }
  void store(T v, order o) noexcept {
    const std::memory_order used = explorer_order(role::store, o);
    const auto got = explore::the_machine.store(location_, in(v), used, o.site);
    record(verb::store, in(v), used, o.site, 0, got.from);
  }
  T exchange(T v, order o) noexcept {
    return update(verb::exchange, [](std::uint64_t, std::uint64_t to) { return to; }, in(v), o);
  }
  bool compare_exchange_strong(T& expected, T desired, order ok, order fail) noexcept {
    return compare_exchange(false, expected, desired, ok, fail);
  }
  bool compare_exchange_weak(T& expected, T desired, order ok, order fail) noexcept {
    return compare_exchange(true, expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, order o) noexcept {
    return update(
        verb::fetch_add, [](std::uint64_t old, std::uint64_t by) -> std::uint64_t { return static_cast<bits>(old + by); }, step(d), o);
  }
  template <class D>
  T fetch_sub(D d, order o) noexcept {
    return update(
        verb::fetch_sub, [](std::uint64_t old, std::uint64_t by) -> std::uint64_t { return static_cast<bits>(old - by); }, step(d), o);
  }
  T fetch_and(T d, order o) noexcept {
    return update(verb::fetch_and, [](std::uint64_t old, std::uint64_t by) { return old & by; }, in(d), o);
  }
  T fetch_or(T d, order o) noexcept {
    return update(verb::fetch_or, [](std::uint64_t old, std::uint64_t by) { return old | by; }, in(d), o);
  }

  // The newest value, for a check that is no access.
  T newest() const noexcept { return out(explore::the_machine.newest(location_)); }
  explore::location_id location() const noexcept { return location_; }
};

template <class T>
void explorer_atomic<T>::record(verb what, std::uint64_t value, std::memory_order o, const where& at, std::uint64_t before,
                                explore::message_id from) const noexcept {
  if (!the_trace.on()) return;
  const bool reads = what != verb::store;
  const explore::message_id last = explore::the_machine.cells.newest(location_);
  event e{.thread = explore::the_machine.current(),
          .what = what,
          .order = o,
          .stale = (what == verb::load || what == verb::cas_failed) && from != last,
          .pointer = std::is_pointer_v<T>,
          .object = this,
          .value = shown(value),
          .before = shown(what == verb::load ? explore::the_machine.newest(location_) : before),
          .site = at};
  if (reads) e.from = explore::the_machine.cells[from].event;
  the_trace.add(e);
}

// A cell that only happens-before protects: raw storage, and beside it who touched it when.
template <class T>
class explorer_plain {
  alignas(T) std::byte storage_[sizeof(T)];
  mutable explore::cell_token token_;

  T* at() noexcept { return std::launder(reinterpret_cast<T*>(storage_)); }
  const T* at() const noexcept { return std::launder(reinterpret_cast<const T*>(storage_)); }
  void read(const where& site) const noexcept {
    explorer_record(verb::plain_read, this, site);
    token_.read(site);
  }
  void write(const where& site) noexcept {
    explorer_record(verb::plain_write, this, site);
    token_.write(site);
  }

 public:
  explorer_plain() = default;
  explorer_plain(const explorer_plain&) = delete;
  explorer_plain& operator=(const explorer_plain&) = delete;

  template <class U = T>
  void put(U&& value, where site = where::current()) noexcept {
    write(site);
    std::construct_at(reinterpret_cast<T*>(storage_), std::forward<U>(value));
  }
  T take(where site = where::current()) noexcept {
    token_.must_be_written(site);
    write(site);
    T value = std::move(*at());
    std::destroy_at(at());
    return value;
  }
  const T& peek(where site = where::current()) const noexcept {
    read(site);
    return *at();
  }
  T& poke(where site = where::current()) noexcept {
    token_.must_be_written(site);
    write(site);
    return *at();
  }
  void drop(where site = where::current()) noexcept {
    token_.must_be_written(site);
    write(site);
    std::destroy_at(at());
  }
};

}  // namespace stealyard::world
