// Parts for scenarios without a scheduler: the types must be there, nobody calls them.
#pragma once
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class W, class T>
struct unused_queue {
  explicit unused_queue(std::size_t) {}
  static outcome try_push(T) noexcept { return outcome::full; }
  static outcome try_pop(T&) noexcept { return outcome::empty; }
  static outcome try_steal(T&) noexcept { return outcome::empty; }
  static bool probably_empty() noexcept { return true; }
};
template <class W>
struct unused_parker {
  static bool park(nanoseconds_t) noexcept { return false; }
  static void unpark() noexcept {}
};
template <class W>
struct unused_victim {
  explicit unused_victim(const victim_view&) {}
  static void begin_pass(unsigned) noexcept {}
  static unsigned next(unsigned) noexcept { return 0; }
};
template <class W>
struct unused_idle {
  static constexpr idle_claims claims{};
  atomic<W, std::uint32_t> word_{0};
  unused_idle(unsigned, idle_sleepers&) {}
  atomic<W, std::uint32_t>& word() noexcept { return word_; }
  static void work_added() noexcept {}
  static bool begin_search(unsigned) noexcept { return false; }
  static void end_search_found(unsigned) noexcept {}
  static bool prepare_sleep(unsigned, bool) noexcept { return false; }
  static bool cancel_sleep(unsigned) noexcept { return false; }
  static bool commit_sleep(unsigned, nanoseconds_t) noexcept { return false; }
  static void wake_all() noexcept {}
};

using platform_without_scheduler = model_platform<unused_queue, unused_parker, unused_idle, unused_victim>;

}  // namespace stealyard::model
