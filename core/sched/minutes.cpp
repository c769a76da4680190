#include "core/sched/minutes.hpp"

#include "core/world/native_wait.hpp"

namespace stealyard::sched {

constinit atomic<real, std::uint64_t> stamp_now{0};

namespace {

std::uint64_t coarse_stamp() noexcept { return static_cast<std::uint64_t>(world::native_coarse_now()) >> 32 << stamp_shift; }

}  // namespace

void look_at_the_clock() noexcept {
  const std::uint64_t stamp = coarse_stamp();
  if (stamp_now.load(relaxed) != stamp) stamp_now.store(stamp, relaxed);
}

unsigned minutes_since(std::uint64_t stamp) noexcept {
  const auto units = static_cast<std::uint16_t>((coarse_stamp() >> stamp_shift) - (stamp >> stamp_shift));
  constexpr std::uint64_t minute = 60'000'000'000;
  return units == 0 ? 0 : static_cast<unsigned>(((std::uint64_t{units} - 1) << 32) / minute);  // the first may have been nearly over
}

}  // namespace stealyard::sched
