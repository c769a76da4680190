#include "core/sched/places.hpp"

#include <algorithm>

namespace stealyard::sched {

worker_places::plan worker_places::planned(unsigned workers) const {
  plan p{.pus = machine_.place(workers), .distances = {}};
  p.distances.reserve(std::size_t{workers} * workers);
  for (unsigned a = 0; a != workers; ++a) {
    for (unsigned b = 0; b != workers; ++b) {
      // Two workers on one PU are near, not the same.
      p.distances.push_back(a == b ? 0 : std::max<std::uint32_t>(machine_.distance(p.pus[a], p.pus[b]), 1));
    }
  }
  return p;
}

}  // namespace stealyard::sched
