// select_2: a select over 2 channels, one of them ready.
#pragma once
#include "bench/workloads/shared/select_of.hpp"

namespace stealyard::bench::select_2 {

inline workload row() {
  return select_row("select_2", "a send, and a select over 2 buffered channels, one of them ready; size: selects", &select_of<2>,
                    /*quick=*/true);
}

}  // namespace stealyard::bench::select_2
