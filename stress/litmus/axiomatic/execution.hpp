// execution: a candidate execution: events, and who read from whom, in which order writes to each location fell.
#pragma once
#include "stress/litmus/axiomatic/relation.hpp"
#include "stress/litmus/program.hpp"

#include <vector>

namespace stealyard::litmus::axiomatic {

// A read-modify-write that writes is two events, read and write, as in RC11; a compare_exchange that fails is one read.
struct event {
  static constexpr std::uint8_t none = 255;
  std::uint8_t instruction = none;  // counted through all threads; none: the initial write of a location
  std::uint8_t location = none;     // none: a fence
  std::int8_t value = 0;            // read or written
};

struct execution {
  std::vector<event> events;
  // Kinds of events. Each order's set holds the stronger ones too.
  event_set reads = 0, writes = 0, fences = 0;
  event_set atomic = 0, acquire = 0, release = 0, seq_cst = 0;
  event_set initial = 0;
  std::vector<event_set> at;  // the events of each location

  relation sb;             // sequenced before, transitive; initial writes come before everything
  relation same_location;
  relation rmw;            // from the read to the write of one read-modify-write
  relation rf;             // reads-from
  relation mo;             // modification order, transitive, in each location
};

}  // namespace stealyard::litmus::axiomatic
