// order: the type of every memory-order argument.
//
// Its only constructor is consteval, so an order that is not a literal does not compile in any world, and the
// place it was written travels inside it: a checking world looks the order up by file and line, and can weaken
// any site at run time without touching the algorithm. Native code compiles to plain std::atomic.
#pragma once
#include <atomic>
#include <source_location>

namespace stealyard::world {

struct order {
  std::memory_order value;
  std::source_location site;

  // NOLINTNEXTLINE(google-explicit-constructor): implicit, so that the algorithm reads `load(relaxed)`
  consteval order(std::memory_order o, std::source_location at = std::source_location::current()) : value(o), site(at) {}
};

// The names an algorithm writes. memory_order_consume is left out on purpose: no compiler implements it.
inline constexpr std::memory_order relaxed = std::memory_order::relaxed;
inline constexpr std::memory_order acquire = std::memory_order::acquire;
inline constexpr std::memory_order release = std::memory_order::release;
inline constexpr std::memory_order acq_rel = std::memory_order::acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order::seq_cst;

}  // namespace stealyard::world

namespace stealyard {
using world::acq_rel;
using world::acquire;
using world::relaxed;
using world::release;
using world::seq_cst;
}  // namespace stealyard
