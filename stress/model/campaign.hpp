// campaign: search a variant for failures by generated programs, then make what was found small.
#pragma once
#include "stress/model/engine.hpp"
#include "stress/model/suite.hpp"

#include <chrono>

namespace stealyard::model {

// How hard to look: so many programs, each run so many times under every scheduler.
struct effort {
  unsigned programs = 0;
  unsigned executions = 0;
  effort scaled(double factor) const;
};
// What the continuous integration gives a variant of this kind.
effort effort_of(std::string_view kind);

// Every search, by this scheduler alone; none: by each (--scheduler sets it, once).
inline std::optional<scheduler_name> only_scheduler;

struct finding {
  program first;  // as generated
  program shrunk;
  scheduler_name by;
  std::uint64_t seed = 0;
  verdict what;   // of the shrunk program
};

struct campaign_result {
  std::optional<finding> found;
  std::uint64_t programs = 0;
  std::uint64_t executions = 0;  // up to the failing one, shrinking not counted
  double seconds = 0;
};

campaign_result search(const model_entry& entry, std::uint64_t seed, effort how_hard, bool shrink);

subject subject_of(const model_entry& entry, const program& p);

}  // namespace stealyard::model
