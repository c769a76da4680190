#include "stress/sched_model/scenarios.hpp"

#include "stress/model/checked.hpp"

#include "registry/idles.hpp"
#include "registry/parkers.hpp"
#include "registry/run_queues.hpp"
#include "registry/victims.hpp"
#include "stress/sched_model/due_timer.hpp"
#include "stress/sched_model/resized.hpp"
#include "stress/sched_model/three_tasks.hpp"
#include "stress/sched_model/unused_parts.hpp"

namespace stealyard {

// Of dumps, which the models have not.
void sched::look_at_the_clock() noexcept {}

namespace model {

namespace {

using list = std::vector<sched_scenario>;

// A mutant needs one combination to show what it does; the product's own text is tried with all.
#if defined(STEALYARD_ONE_COMBINATION)
constexpr bool one_combination = true;
#else
constexpr bool one_combination = false;
#endif

// Of the mutants only those named resize_ are of use to it.
#if defined(STEALYARD_ONE_COMBINATION) && !defined(STEALYARD_WITH_RESIZE)
constexpr bool with_resize = false;
#else
constexpr bool with_resize = true;
#endif

// Which combinations: the registry's first of each kind (row 0), every parker under every idle policy, every queue under every idle
// policy, and every victim policy once, of which two workers see little. The full product is hundreds, and minutes of compiler.
template <unsigned Queue, unsigned Parker, unsigned Idle, unsigned Victim>
constexpr bool chosen() {
  if (one_combination) return Queue == 0 && Parker == 0 && Idle == 0 && Victim == 0;
  if (Victim != 0) return Queue == 0 && Parker == 0 && Idle == 0;
  return Queue == 0 || Parker == 0;
}

template <unsigned Q, unsigned P, unsigned I, unsigned V, template <class, class> class Queue, template <class> class Parker,
          template <class> class Idle, template <class> class Victim>
void add_worker_loop(list& all, const std::string& parts) {
  if constexpr (chosen<Q, P, I, V>()) {
    add<three_tasks<model_platform<Queue, Parker, Idle, Victim>>>(all, "worker_loop." + parts);
  }
  if constexpr (with_resize && chosen<Q, P, I, V>() && Q == 0 && P == 0 && V == 0) {
    using platform = model_platform<Queue, Parker, replaceable<Idle>::template idle, owned<Victim>::template victim>;
    add<resized_loop<platform>>(all, "resize." + parts);
  }
  if constexpr (Q + P + I + V == 0) {  // what it is about is in none of these
    add<due_timer<platform_with_timers<Queue, Parker, Idle, Victim>>>(all, "due_timer." + parts);
  }
}

// The registry lists the variants of a kind by a macro; the counter numbers its rows.
template <unsigned Q, unsigned P, unsigned I, template <class, class> class Queue, template <class> class Parker,
          template <class> class Idle>
void with_each_victim(list& all, const std::string& parts) {
  constexpr unsigned base = __COUNTER__ + 1;
#define STEALYARD_ROW(V) add_worker_loop<Q, P, I, __COUNTER__ - base, Queue, Parker, Idle, victim::V>(all, parts + "." #V);
  STEALYARD_VICTIMS(STEALYARD_ROW)
#undef STEALYARD_ROW
}
template <unsigned Q, unsigned P, template <class, class> class Queue, template <class> class Parker>
void with_each_idle(list& all, const std::string& parts) {
  constexpr unsigned base = __COUNTER__ + 1;
#define STEALYARD_ROW(V) with_each_victim<Q, P, __COUNTER__ - base, Queue, Parker, idle::V>(all, parts + "." #V);
  STEALYARD_IDLES(STEALYARD_ROW)
#undef STEALYARD_ROW
}
template <unsigned Q, template <class, class> class Queue>
void with_each_parker(list& all, const std::string& parts) {
  constexpr unsigned base = __COUNTER__ + 1;
#define STEALYARD_ROW(V) with_each_idle<Q, __COUNTER__ - base, Queue, parker::V>(all, parts + "." #V);
  STEALYARD_PARKERS(STEALYARD_ROW)
#undef STEALYARD_ROW
}

}  // namespace

void add_scheduler_scenarios(list& all) {
  constexpr unsigned base = __COUNTER__ + 1;
#define STEALYARD_ROW(V) with_each_parker<__COUNTER__ - base, run_queue::V>(all, #V);
  STEALYARD_RUN_QUEUES(STEALYARD_ROW)
#undef STEALYARD_ROW
}

}  // namespace model

}  // namespace stealyard
