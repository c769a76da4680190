// parts: of every kind the meter has a suite for, small ones whose progress is plain to see; most claim what is not so.
// They keep no elements: who waits for whom is all that they are about.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/contract/idle.hpp"
#include "core/contract/parker.hpp"
#include "core/contract/run_queue.hpp"
#include "stress/meter/gated.hpp"

#include <array>
#include <utility>

namespace stealyard::meter::parts {

template <progress Unpark>
class permit {
  gated_atomic<std::uint32_t> permit_;

 public:
  static constexpr parker_claims claims{.unpark = Unpark};
  bool park(nanoseconds_t deadline) noexcept {
    while (permit_.exchange(0, acquire) == 0) {
      if (gated::now() >= deadline) return false;
    }
    return true;
  }
  void unpark() noexcept { permit_.exchange(1, release); }
};

class locked_permit {
  gated::mutex mutex_;
  bool permit_ = false;

 public:
  static constexpr parker_claims claims{.unpark = progress::wait_free};
  bool park(nanoseconds_t deadline) noexcept {
    for (bool got = false;;) {
      mutex_.lock();
      got = std::exchange(permit_, false);
      mutex_.unlock();
      if (got || gated::now() >= deadline) return got;
    }
  }
  void unpark() noexcept {
    mutex_.lock();
    permit_ = true;
    mutex_.unlock();
  }
};

// Its owner stirs the word in every eighth turn of a park: whoever is slow to unpark never does.
class stirred_permit {
  gated_atomic<std::uint32_t> word_;

 public:
  static constexpr parker_claims claims{.unpark = progress::wait_free};
  bool park(nanoseconds_t deadline) noexcept {
    for (unsigned turn = 1; gated::now() < deadline; ++turn) {
      const std::uint32_t seen = turn % 8 == 0 ? word_.fetch_add(2u, acquire) : word_.load(acquire);
      if ((seen & 1) != 0) return word_.fetch_and(~1u, relaxed), true;
    }
    return false;
  }
  void unpark() noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while (!word_.compare_exchange_weak(seen, seen | 1, release, relaxed)) continue;
  }
};

// Whoever sleeps without a deadline sleeps for ever.
class deaf_parker {
  gated_atomic<std::uint32_t> permit_;

 public:
  static constexpr parker_claims claims{.unpark = progress::wait_free};
  bool park(nanoseconds_t deadline) noexcept {
    if (permit_.exchange(0, acquire) != 0) return true;
    while (gated::now() < deadline) gated::pause();
    return false;
  }
  void unpark() noexcept { permit_.exchange(1, release); }
};

// Who sleeps is on a list under a lock; whoever adds work wakes them all.
template <progress BeginSearch, progress WorkAdded>
class roll_call {
  idle_sleepers& beds_;
  gated::mutex mutex_;
  gated_atomic<std::uint32_t> word_;
  std::array<bool, 8> asleep_{};

 public:
  static constexpr idle_claims claims{.begin_search = BeginSearch, .work_added = WorkAdded};
  roll_call(unsigned, idle_sleepers& beds) : beds_(beds) {}
  gated_atomic<std::uint32_t>& word() noexcept { return word_; }
  void work_added() noexcept { wake_all(); }
  bool begin_search(unsigned) noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while (!word_.compare_exchange_weak(seen, seen + one_searching, relaxed, relaxed)) continue;
    return true;
  }
  void end_search_found(unsigned) noexcept { word_.fetch_sub(one_searching, relaxed); }
  bool prepare_sleep(unsigned me, bool searching) noexcept {
    mutex_.lock();
    asleep_[me] = true;
    word_.fetch_add(searching ? one_sleeping - one_searching : one_sleeping, relaxed);
    mutex_.unlock();
    return true;
  }
  bool cancel_sleep(unsigned me) noexcept {
    mutex_.lock();
    const bool chosen = !std::exchange(asleep_[me], false);
    if (!chosen) word_.fetch_sub(one_sleeping, relaxed);
    mutex_.unlock();
    return chosen && beds_.park(me, never);
  }
  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept { return beds_.park(me, deadline); }
  void wake_all() noexcept {
    mutex_.lock();
    for (unsigned i = 0; i != asleep_.size(); ++i) {
      if (!std::exchange(asleep_[i], false)) continue;
      word_.fetch_add(one_searching - one_sleeping, relaxed);
      beds_.unpark(i);
    }
    mutex_.unlock();
  }
};

// While somebody is about to close it, pushers are told to come back, and once it is closed poppers are, while a push is inside.
class slow_to_close {
  const std::size_t capacity_;
  gated_atomic<std::size_t> held_;
  gated_atomic<int> closing_, closed_, inside_;

 public:
  static constexpr channel_buffer_claims claims{.may_lose = true};
  explicit slow_to_close(std::size_t capacity) : capacity_(capacity) {}
  outcome try_push(std::uint32_t&) noexcept {
    if (closing_.load(acquire) != 0) return closed_.load(acquire) == 0 ? outcome::lost : outcome::closed;
    inside_.fetch_add(1, relaxed);
    std::size_t held = held_.load(relaxed);
    while (held != capacity_ && !held_.compare_exchange_weak(held, held + 1, release, relaxed)) continue;
    inside_.fetch_sub(1, release);
    return held == capacity_ ? outcome::full : outcome::ok;
  }
  outcome try_pop(landing<std::uint32_t>& into) noexcept {
    std::size_t held = held_.load(relaxed);
    do {
      if (held == 0) return closing_.load(acquire) != 0 && inside_.load(acquire) != 0 ? outcome::lost : outcome::empty;
    } while (!held_.compare_exchange_weak(held, held - 1, acquire, relaxed));
    into.emplace(0);
    return outcome::ok;
  }
  bool close() noexcept {
    if (closing_.exchange(1, relaxed) != 0) return false;
    closed_.store(1, release);
    return true;
  }
};

// A push that finds it full waits for ever.
class never_full {
  const std::size_t capacity_;
  gated_atomic<std::size_t> held_;

 public:
  static constexpr channel_buffer_claims claims{};
  explicit never_full(std::size_t capacity) : capacity_(capacity) {}
  outcome try_push(std::uint32_t&) noexcept {
    while (held_.load(relaxed) == capacity_) gated::pause();
    return held_.fetch_add(1u, relaxed), outcome::ok;
  }
  outcome try_pop(landing<std::uint32_t>&) noexcept { return outcome::empty; }
  bool close() noexcept { return false; }
};

// Lock-free, but where several are stolen at once.
class locked_batches {
  gated::mutex mutex_;
  gated_atomic<std::size_t> held_;

 public:
  static constexpr run_queue_claims claims{.push = progress::wait_free};
  explicit locked_batches(std::size_t) {}
  outcome try_push(std::uintptr_t) noexcept { return held_.fetch_add(1u, release), outcome::ok; }
  outcome try_pop(std::uintptr_t&) noexcept {
    std::size_t held = held_.load(relaxed);
    do {
      if (held == 0) return outcome::empty;
    } while (!held_.compare_exchange_weak(held, held - 1, acquire, relaxed));
    return outcome::ok;
  }
  outcome try_steal(std::uintptr_t& into) noexcept { return try_pop(into); }
  bool probably_empty() const noexcept { return held_.peek() == 0; }
  outcome try_steal_batch(std::uintptr_t* out, std::size_t, std::size_t& taken) noexcept {
    mutex_.lock();
    const outcome done = try_pop(*out);
    taken = done == outcome::ok;
    mutex_.unlock();
    return done;
  }
};

}  // namespace stealyard::meter::parts
