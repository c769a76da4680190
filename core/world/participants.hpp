// Participants: a dense index for every thread that enters the library, and storage by that index.
//
// A thread gets the smallest free index on first use and returns it at its exit, so that indices stay dense.
// A goroutine migrates, so self() is never inlined: the compiler would cache the thread's address across a switch.
#pragma once
#include "core/world/concept.hpp"

#include <cstdint>
#include <memory>

namespace stealyard::world {

inline constexpr unsigned max_native_participants = 1024;

[[gnu::noinline]] unsigned native_self() noexcept;
[[gnu::noinline]] std::uint32_t native_random(std::uint32_t n) noexcept;  // splitmix64 per participant
void native_seed(std::uint64_t seed) noexcept;  // of the calling thread

template <class T>
class participant_slots {
  struct alignas(line_size) slot {
    T value{};
  };
  std::unique_ptr<slot[]> slots_ = std::make_unique<slot[]>(max_native_participants);

 public:
  T& mine() noexcept { return slots_[native_self()].value; }
  T& of(unsigned participant) noexcept { return slots_[participant].value; }
};

}  // namespace stealyard::world
