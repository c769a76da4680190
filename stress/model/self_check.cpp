#include "stress/model/self_check.hpp"

#include "stress/model/known_scenarios.hpp"
#include "stress/model/run_model.hpp"
#include "stress/world/relacy.hpp"

#include <cstdio>

namespace stealyard::model {

namespace {

using namespace known;

unsigned failures = 0;

// Empty: nothing must be found.
template <class Suite>
void expect(const char* name, std::string_view known, std::uint64_t executions = 4000) {
  name_running(std::string("self-check/") + name);
  const model_run r = run_model<Suite>(executions);
  const bool right = known.empty() ? !r.what.failed : r.what.failed && r.what.what.starts_with(known);
  if (!right) ++failures;
  std::printf("%s %-34s %s\n", right ? "ok    " : "WRONG ", name, r.what.failed ? r.what.what.c_str() : "nothing found");
}

// The same numbers must give the same execution, step by step: a failure that cannot be replayed is no finding.
void expect_repeatable() {
  const subject s = subject_of_suite<monitor<true>>();
  bool same = true;
  for (const scheduler_name by : {scheduler_name{.pct = false}, scheduler_name{.pct = true, .depth = 3}}) {
    explore(s, by, 5, 0, 400);
    const unsigned steps = replay(s, by, 5, 399).steps;
    std::vector<unsigned> first;
    for (std::size_t i = 0; i != world::the_trace.size(); ++i) first.push_back(world::the_trace[i].thread);
    same = replay(s, by, 5, 399).steps == steps && first.size() == world::the_trace.size() && same;
    for (std::size_t i = 0; same && i != first.size(); ++i) same = first[i] == world::the_trace[i].thread;
  }
  if (!same) ++failures;
  std::printf("%s %s\n", same ? "ok    " : "WRONG ", "repeatable");
}

}  // namespace

int run_self_check() {
  failures = 0;
  expect<message<relaxed_pass>>("message_relaxed", "DATA RACE");
  expect<message<acquire_pass>>("message_release_acquire", "");
  expect<message<fenced_pass>>("message_fences", "");
  expect<message<futex_pass<false>>>("futex_orders_nothing", "DATA RACE");
  expect<message<futex_pass<true>>>("futex_with_orders", "");
  expect<store_buffering<false>>("store_buffering", "USER ASSERT FAILED");
  expect<store_buffering<true>>("store_buffering_fenced", "");
  expect<sleep_on_word<false>>("lost_wake_up", "DEADLOCK");
  expect<sleep_on_word<true>>("wake_up", "");
  expect<timed_sleep>("timed_sleep", "");
  expect<clock_jumps>("clock_jumps", "USER ASSERT FAILED");
  expect<crossed_mutexes>("crossed_mutexes", "DEADLOCK");
  expect<monitor<true>>("condition", "");
  expect<monitor<false>>("condition_not_notified", "DEADLOCK");
  expect<endless>("endless_loop", "LIVELOCK", 20);
  expect<every_form_of_new>("every_form_of_new", "");
  expect<leak>("leak", "MEMORY LEAK");
  expect<after_free>("access_after_free", "ACCESS TO FREED MEMORY");
  expect<unwritten>("cell_never_written", "ACCESS TO UNINITIALIZED VARIABLE");
  expect<identities>("identities", "");
  expect_repeatable();
  return failures == 0 ? 0 : 1;
}

}  // namespace stealyard::model
