// The words every contract uses: what an operation may return, and what a variant may claim.
// A claim is a promise that generates a test; a program or workload that needs more than a variant claims is
// "not applicable" to it, counted and listed, never run.
#pragma once
#include <cstddef>
#include <string_view>

namespace stealyard {

// Never merge `lost` with `empty`: lost says somebody else made progress, try again; empty says there was nothing.
enum class outcome : unsigned char {
  ok,
  empty,   // nothing was there at the linearization point
  full,    // no room at the linearization point
  lost,    // another operation got in the way: nothing is known, try again
  closed,  // closed, and (for a take) drained
};

enum class arity : unsigned char {
  spsc,            // one producer, one consumer
  mpsc,
  spmc,
  mpmc,
  owner_and_thieves,  // one owner pushes and pops; anyone steals
};

enum class item_order : unsigned char { lifo, fifo, relaxed_fifo, none };

// Of one operation, with every other participant free to stall at any step.
enum class progress : unsigned char { blocking, obstruction_free, lock_free, wait_free };

constexpr std::string_view to_string(outcome o) noexcept {
  constexpr std::string_view names[] = {"ok", "empty", "full", "lost", "closed"};
  return names[static_cast<unsigned>(o)];
}
constexpr std::string_view to_string(arity a) noexcept {
  constexpr std::string_view names[] = {"spsc", "mpsc", "spmc", "mpmc", "owner_and_thieves"};
  return names[static_cast<unsigned>(a)];
}
constexpr std::string_view to_string(item_order o) noexcept {
  constexpr std::string_view names[] = {"lifo", "fifo", "relaxed_fifo", "none"};
  return names[static_cast<unsigned>(o)];
}
constexpr std::string_view to_string(progress p) noexcept {
  constexpr std::string_view names[] = {"blocking", "obstruction_free", "lock_free", "wait_free"};
  return names[static_cast<unsigned>(p)];
}

}  // namespace stealyard
