// relacy_cells: what the relacy world keeps memory in: an atomic whose orders may be weakened, and a race-checked plain cell.
#pragma once
#include "core/world/concept.hpp"
#include "stress/world/model_state.hpp"
#include "stress/world/relacy_library.hpp"
#include "stress/world/sites.hpp"
#include "stress/world/trace.hpp"

namespace stealyard::world {

using where = std::source_location;
inline rl::debug_info info(const where& at) noexcept { return {at.function_name(), at.file_name(), at.line()}; }
inline unsigned model_thread() noexcept { return static_cast<unsigned>(rl::ctx().threadx_->index_); }

inline void record(verb what, const void* object, const where& at, std::uint64_t value = 0) noexcept {
  if (the_trace.on()) the_trace.add({.thread = model_thread(), .what = what, .object = object, .value = value, .site = at});
}

// Ends this execution with a verdict; the thread that called never continues.
[[noreturn]] inline void fail_model(rl::test_result_e verdict, const char* why, const where& at) {
  the_model.failure = why;
  rl::ctx().fail_test(why, verdict, info(at));
  std::abort();  // not reached: fail_test leaves for the main fiber
}

inline std::memory_order resolve(role r, const order& o) {
  if (!sites.watching()) [[likely]]
    return o.value;
  const outside_the_model unseen;
  return sites.effective(r, o.value, o.site);
}
// std::memory_order and Relacy's enumerate alike.
inline rl::memory_order in_relacy(std::memory_order o) noexcept { return static_cast<rl::memory_order>(static_cast<int>(o)); }
// The failure order may not exceed what the success order gives: Relacy then does something else silently.
inline std::memory_order failure_order(std::memory_order ok, std::memory_order fail) noexcept {
  if (ok == seq_cst) return fail;
  if (ok == acquire || ok == acq_rel) return fail == seq_cst ? acquire : fail;
  return relaxed;
}

template <std::size_t Bytes>
using cell_of =
    std::conditional_t<Bytes == 1, std::uint8_t,
                       std::conditional_t<Bytes == 2, std::uint16_t, std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;

// Knows whether its object is still there. Volatile: a compiler drops ordinary stores into memory that is about to be freed, and with
// them Relacy's own check.
class life {
  static constexpr std::uint32_t living = 0x9a11ce11;
  volatile std::uint32_t mark_ = living;

 public:
  ~life() { mark_ = 0; }
  void check(const char* otherwise, const where& at) const {
    if (mark_ != living) fail_model(rl::test_result_access_to_freed_memory, otherwise, at);
  }
};

// One step of the model: others may run before it, nobody within it.
class one_step {
  rl::context& model_;

 public:
  one_step(const life& of, const where& at) : model_(rl::ctx()) {
    model_.sched();
    of.check("an atomic that is gone", at);
    model_.disable_preemption();
  }
  ~one_step() { model_.enable_preemption(); }
  one_step(const one_step&) = delete;
  one_step& operator=(const one_step&) = delete;
};

// Relacy's atomics hold bare integers of the right size: enums, bools and pointers cost no further instantiation.
template <class T>
class relacy_atomic {
  static_assert(std::is_trivially_copyable_v<T> && std::has_single_bit(sizeof(T)) && sizeof(T) <= 8);
  using cell = cell_of<sizeof(T)>;
  rl::atomic<cell> cell_;
  life life_;

  static cell in(T v) noexcept { return std::bit_cast<cell>(v); }
  static T out(cell c) noexcept { return std::bit_cast<T>(c); }
  static std::uint64_t shown(cell c) noexcept {
    if constexpr (std::is_signed_v<T>) return static_cast<std::uint64_t>(static_cast<std::int64_t>(out(c)));
    return c;
  }
  void record(verb what, cell value, std::memory_order o, const where& at, cell before = 0, bool stale = false) const noexcept {
    if (!the_trace.on()) return;
    the_trace.add({.thread = model_thread(),
                   .what = what,
                   .order = o,
                   .stale = stale,
                   .pointer = std::is_pointer_v<T>,
                   .object = this,
                   .value = shown(value),
                   .before = shown(before),
                   .site = at});
  }
  template <class D>
  static cell step(D d) noexcept {
    if constexpr (std::is_pointer_v<T>) {
      return static_cast<cell>(static_cast<std::ptrdiff_t>(d) * static_cast<std::ptrdiff_t>(sizeof(std::remove_pointer_t<T>)));
    } else {
      return in(static_cast<T>(d));
    }
  }
  bool compare_exchange(bool weak, T& expected, T desired, const order& ok, const order& fail) noexcept {
    const one_step alone(life_, ok.site);
    const std::memory_order won = resolve(role::cas_ok, ok);
    const std::memory_order lost = failure_order(won, resolve(role::cas_fail, fail));
    cell found = in(expected);
    const rl::debug_info at = info(ok.site);
    const bool done = weak ? cell_.compare_exchange_weak(found, in(desired), in_relacy(won), at, in_relacy(lost), at)
                           : cell_.compare_exchange_strong(found, in(desired), in_relacy(won), at, in_relacy(lost), at);
    record(done ? verb::cas_ok : verb::cas_failed, in(desired), done ? won : lost, ok.site, found);
    if (!done) expected = out(found);
    return done;
  }

 public:
  relacy_atomic() noexcept : relacy_atomic(T{}) {}
  explicit relacy_atomic(T v) noexcept {
    const rl::preemption_disabler alone(rl::ctx());  // construction is no step of the execution
    cell_.store(in(v), rl::mo_relaxed, rl::debug_info());
  }
  relacy_atomic(const relacy_atomic&) = delete;
  relacy_atomic& operator=(const relacy_atomic&) = delete;

  T load(order o) const noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::load, o);
    const cell c = cell_.load(in_relacy(used), info(o.site));
    record(verb::load, c, used, o.site, cell_.debug_value(), c != cell_.debug_value());
    return out(c);
  }
  void store(T v, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::store, o);
    cell_.store(in(v), in_relacy(used), info(o.site));
    record(verb::store, in(v), used, o.site);
  }
  T exchange(T v, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::rmw, o);
    const cell before = cell_.exchange(in(v), in_relacy(used), info(o.site));
    record(verb::exchange, in(v), used, o.site, before);
    return out(before);
  }
  bool compare_exchange_strong(T& expected, T desired, order ok, order fail) noexcept {
    return compare_exchange(false, expected, desired, ok, fail);
  }
  bool compare_exchange_weak(T& expected, T desired, order ok, order fail) noexcept {
    return compare_exchange(true, expected, desired, ok, fail);
  }
  template <class D>
  T fetch_add(D d, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::rmw, o);
    const cell before = cell_.fetch_add(step(d), in_relacy(used), info(o.site));
    record(verb::fetch_add, static_cast<cell>(before + step(d)), used, o.site, before);
    return out(before);
  }
  template <class D>
  T fetch_sub(D d, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::rmw, o);
    const cell before = cell_.fetch_sub(step(d), in_relacy(used), info(o.site));
    record(verb::fetch_sub, static_cast<cell>(before - step(d)), used, o.site, before);
    return out(before);
  }
  T fetch_and(T d, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::rmw, o);
    const cell before = cell_.fetch_and(in(d), in_relacy(used), info(o.site));
    record(verb::fetch_and, static_cast<cell>(before & in(d)), used, o.site, before);
    return out(before);
  }
  T fetch_or(T d, order o) noexcept {
    const one_step alone(life_, o.site);
    const std::memory_order used = resolve(role::rmw, o);
    const cell before = cell_.fetch_or(in(d), in_relacy(used), info(o.site));
    record(verb::fetch_or, static_cast<cell>(before | in(d)), used, o.site, before);
    return out(before);
  }

  // For the world itself: a futex compares with the newest value, and reading it so orders nothing.
  T newest() const noexcept { return out(cell_.debug_value()); }
};

// A cell that only happens-before protects: every access is checked against every other.
template <class T>
class relacy_plain {
  alignas(T) std::byte storage_[sizeof(T)];
  rl::var_data* accesses_ = rl::ctx().var_ctor();
  life life_;
  mutable bool written_ = false;

  T* at() noexcept { return std::launder(reinterpret_cast<T*>(storage_)); }
  const T* at() const noexcept { return std::launder(reinterpret_cast<const T*>(storage_)); }
  void access(verb what, const where& site) const {
    record(what, this, site);
    life_.check("a plain cell that is gone", site);
    rl::thread_info_base& me = *rl::ctx().threadx_;
    if (what == verb::plain_read) {
      if (!written_) fail_model(rl::test_result_unitialized_access, "a plain cell that nobody has written", site);
      if (!accesses_->load(me)) fail_model(rl::test_result_data_race, "a read not ordered after a write", site);
    } else if (!written_) {
      written_ = true;
      accesses_->init(me);
    } else if (!accesses_->store(me)) {
      fail_model(rl::test_result_data_race, "a write not ordered after another access", site);
    }
  }

 public:
  relacy_plain() = default;
  relacy_plain(const relacy_plain&) = delete;
  relacy_plain& operator=(const relacy_plain&) = delete;
  ~relacy_plain() { rl::ctx().var_dtor(accesses_); }

  template <class U = T>
  void put(U&& value, where site = where::current()) noexcept {
    access(verb::plain_write, site);
    std::construct_at(reinterpret_cast<T*>(storage_), std::forward<U>(value));
  }
  T take(where site = where::current()) noexcept {
    access(verb::plain_write, site);
    T value = std::move(*at());
    std::destroy_at(at());
    return value;
  }
  const T& peek(where site = where::current()) const noexcept {
    access(verb::plain_read, site);
    return *at();
  }
  T& poke(where site = where::current()) noexcept {
    access(verb::plain_write, site);
    return *at();
  }
  void drop(where site = where::current()) noexcept {
    access(verb::plain_write, site);
    std::destroy_at(at());
  }
};

}  // namespace stealyard::world
