// clock: a count for each thread of an execution. Ordering, joining and copying are one instruction or two.
#pragma once
#include <array>
#include <cstdint>

namespace stealyard::explore {

using thread_id = std::uint8_t;
inline constexpr unsigned max_threads = 8;  // whoever sets up and checks an execution is one of them

struct clock {
  std::array<std::uint16_t, max_threads> at{};

  std::uint16_t operator[](unsigned t) const noexcept { return at[t]; }
  std::uint16_t& operator[](unsigned t) noexcept { return at[t]; }
  void join(const clock& other) noexcept {
    for (unsigned t = 0; t != max_threads; ++t) at[t] = other.at[t] > at[t] ? other.at[t] : at[t];
  }
  friend bool operator==(const clock&, const clock&) = default;
};

}  // namespace stealyard::explore
