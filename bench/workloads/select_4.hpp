// select_4: a select over 4 channels, one of them ready.
#pragma once
#include "bench/workloads/shared/select_of.hpp"

namespace stealyard::bench::select_4 {

inline workload row() {
  return select_row("select_4", "a send, and a select over 4 buffered channels, one of them ready; size: selects", &select_of<4>);
}

}  // namespace stealyard::bench::select_4
