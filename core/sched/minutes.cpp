#include "core/sched/minutes.hpp"

#include "core/world/native_wait.hpp"

namespace stealyard::sched {

constinit atomic<real, std::uint64_t> minute_now{0};

namespace {

std::uint64_t coarse_minute() noexcept {
  constexpr nanoseconds_t minute = 60'000'000'000;
  return static_cast<std::uint64_t>(world::native_coarse_now() / minute) << minute_shift;
}

}  // namespace

void look_at_the_clock() noexcept {
  const std::uint64_t minute = coarse_minute();
  if (minute_now.load(relaxed) != minute) minute_now.store(minute, relaxed);
}

unsigned minutes_since(std::uint64_t stamp) noexcept {
  return static_cast<std::uint16_t>((coarse_minute() >> minute_shift) - (stamp >> minute_shift));
}

}  // namespace stealyard::sched
