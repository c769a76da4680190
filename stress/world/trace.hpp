// trace: what each model thread did, step by step, for the failure printer. Off while searching, on while replaying.
// Fixed storage: recording must not touch the heap, which under Relacy is part of the model.
#pragma once
#include "stress/world/sites.hpp"

#include <array>
#include <cstdint>
#include <source_location>

namespace stealyard::world {

enum class verb : std::uint8_t {
  load,
  store,
  exchange,
  cas_ok,
  cas_failed,
  fetch_add,
  fetch_sub,
  fetch_and,
  fetch_or,
  fence,
  plain_read,
  plain_write,
  lock,
  locked,
  try_locked,
  try_failed,
  unlock,
  wait,
  woken,
  not_equal,
  timed_out,
  spurious,
  wake,
  pause,
  clock,
  notify,
  note,
};
std::string_view to_string(verb v) noexcept;

struct event {
  unsigned thread = 0;
  verb what = verb::note;
  std::memory_order order = std::memory_order::relaxed;
  bool stale = false;           // a load that did not return the newest value
  bool pointer = false;         // print values as addresses
  const void* object = nullptr;
  std::uint64_t value = 0;      // read, or written
  std::uint64_t before = 0;     // of a read-modify-write: what it found
  std::uint32_t step = 0;       // its number in the explorer's execution
  std::uint32_t from = 0;       // the step that wrote what it read, where the world can tell
  std::source_location site{};
  char text[64] = {};           // of a note
};

class trace {
  static constexpr std::size_t most = 6000;
  std::array<event, most> events_;
  std::size_t count_ = 0;
  std::size_t dropped_ = 0;
  bool on_ = false;

 public:
  void start() noexcept { count_ = dropped_ = 0, on_ = true; }
  void stop() noexcept { on_ = false; }
  bool on() const noexcept { return on_; }
  std::size_t size() const noexcept { return count_; }
  std::size_t dropped() const noexcept { return dropped_; }
  const event& operator[](std::size_t i) const noexcept { return events_[i]; }

  void add(const event& e) noexcept {
    if (!on_) return;
    if (count_ == most) {
      ++dropped_;
    } else {
      events_[count_++] = e;
    }
  }
  [[gnu::format(printf, 3, 4)]] void note(unsigned thread, const char* format, ...) noexcept;
};

extern trace the_trace;

}  // namespace stealyard::world
