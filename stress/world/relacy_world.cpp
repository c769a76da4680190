#include "stress/world/relacy.hpp"
#include "stress/world/schedulers.hpp"

namespace stealyard::world {

model_state the_model;
search_state the_search;

bool model_sleep(const void* word, bool asleep, nanoseconds_t deadline, const where& at) {
  if (!asleep) {
    record(verb::not_equal, word, at);
    return true;
  }
  rl::context& c = rl::ctx();
  const unsigned me = model_thread();
  the_model.sleeps_on[me] = word;
  record(verb::wait, word, at);
  const rl::unpark_reason why = c.park_current_thread(deadline != never, true, false, info(at));
  the_model.sleeps_on[me] = nullptr;
  if (why == rl::unpark_reason_timeout && the_model.now < deadline) the_model.now = deadline;
  record(why == rl::unpark_reason_timeout ? verb::timed_out : why == rl::unpark_reason_spurious ? verb::spurious : verb::woken, word, at);
  return why != rl::unpark_reason_timeout;
}

void model_wake(const void* word, unsigned n, const where& at) {
  rl::context& c = rl::ctx();
  c.sched();
  record(verb::wake, word, at, n);
  for (; n != 0; --n) {
    std::array<unsigned, max_model_threads> asleep;
    unsigned count = 0;
    for (unsigned t = 0; t != max_model_threads; ++t) {
      if (the_model.sleeps_on[t] == word) asleep[count++] = t;
    }
    if (count == 0) return;
    const unsigned chosen = asleep[count == 1 ? 0 : c.rand(static_cast<unsigned>(count), rl::sched_type_user)];
    the_model.sleeps_on[chosen] = nullptr;
    c.unpark_thread(static_cast<rl::thread_id_t>(chosen), false, info(at));
  }
}

}  // namespace stealyard::world
