// select_1: a select over 1 channel, one of them ready.
#pragma once
#include "bench/workloads/shared/select_of.hpp"

namespace stealyard::bench::select_1 {

inline workload row() {
  return select_row("select_1", "a send, and a select over 1 buffered channel, one of them ready; size: selects", &select_of<1>);
}

}  // namespace stealyard::bench::select_1
