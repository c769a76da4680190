// run_model<Suite>(executions): explores a hand-written suite with the engine that runs the generated programs.
//
// Suite derives from scenario, is default-constructible, and says `static constexpr unsigned threads`, from 2 to 4.
#pragma once
#include "stress/model/engine.hpp"

namespace stealyard::model {

struct model_run {
  verdict what;
  scheduler_name by;
  std::uint64_t seed = 0;
};

template <class Suite>
subject subject_of_suite() {
  static_assert(Suite::threads >= 2 && Suite::threads <= 4);
  return {.threads = Suite::threads, .make = [](const void*) -> scenario* { return new Suite; }, .context = nullptr};
}

// Half of the executions under each scheduler; stops at the first failure.
template <class Suite>
model_run run_model(std::uint64_t executions, std::uint64_t seed = 1) {
  model_run r{.what = {}, .by = {}, .seed = seed};
  std::uint64_t spent = 0;
  for (const scheduler_name by : {scheduler_name{.pct = false}, scheduler_name{.pct = true, .depth = 3}}) {
    r.by = by;
    r.what = explore(subject_of_suite<Suite>(), by, seed, 0, executions / 2);
    spent += r.what.executions;
    if (r.what.failed) break;
  }
  r.what.executions = spent;
  return r;
}

}  // namespace stealyard::model
