// select_8: a select over 8 channels, one of them ready.
#pragma once
#include "bench/workloads/shared/select_of.hpp"

namespace stealyard::bench::select_8 {

inline workload row() {
  return select_row("select_8", "a send, and a select over 8 buffered channels, one of them ready; size: selects", &select_of<8>);
}

}  // namespace stealyard::bench::select_8
