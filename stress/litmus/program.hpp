// program: a litmus test as plain data, and the set of outcomes that a memory model gives it.
//
// This is all that the explorer (stress/explore) and the axiomatic checker (stress/litmus/axiomatic) share: each turns the same program
// into a verdict by its own means, so that a defect of either shows as a difference.
//
// Every location holds 0 before any thread starts, and those writes happen before everything in the threads. Straight-line code only:
// a compare_exchange is the one instruction whose effect depends on what it reads (it is strong: it writes iff it reads `expected`).
#pragma once
#include <atomic>
#include <cstdint>
#include <set>
#include <vector>

namespace stealyard::litmus {

enum class action : std::uint8_t { load, store, exchange, fetch_add, compare_exchange, fence, plain_load, plain_store };

constexpr bool is_plain(action a) noexcept { return a == action::plain_load || a == action::plain_store; }
constexpr bool is_rmw(action a) noexcept { return a >= action::exchange && a <= action::compare_exchange; }
// Instructions that read into a register: each into one of its own, in program order.
constexpr bool has_register(action a) noexcept { return a != action::store && a != action::fence && a != action::plain_store; }

struct instruction {
  action what = action::load;
  std::uint8_t location = 0;                                      // below program::locations; unused by a fence
  std::memory_order order = std::memory_order::relaxed;           // of a compare_exchange: if it succeeds; unused by plain accesses
  std::memory_order failure = std::memory_order::relaxed;  // of a compare_exchange: relaxed, acquire or seq_cst, also above `order`
  std::int8_t value = 0;  // stored, added, or desired
  std::int8_t expected = 0;  // of a compare_exchange

  friend bool operator==(const instruction&, const instruction&) = default;
};

// A location is accessed by plain instructions only, or by atomic ones only. Loads are relaxed, acquire or seq_cst; stores relaxed,
// release or seq_cst; fences and read-modify-writes anything but consume (a relaxed fence does nothing).
struct program {
  std::uint8_t locations = 1;
  std::vector<std::vector<instruction>> threads;  // 1 to 4

  friend bool operator==(const program&, const program&) = default;
};

// Every register, thread by thread in program order, then the last value of every location (in modification order; for a plain location
// the value that whoever joins the threads would read).
using outcome = std::vector<std::int8_t>;

// A program with a data race in some execution has no other meaning: `outcomes` is empty then.
struct verdict {
  bool races = false;
  std::set<outcome> outcomes;

  friend bool operator==(const verdict&, const verdict&) = default;
};

}  // namespace stealyard::litmus
