#include "stress/model/self_check.hpp"

#include "stress/model/interleaving.hpp"
#include "stress/model/known_scenarios.hpp"
#include "stress/model/run_model.hpp"
#include "stress/world/relacy.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

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

// Of however many threads: a line that a person's screen holds, steps under their thread's heading, places under theirs, no word lost.
void expect_columns(unsigned threads, bool others, std::size_t columns_apart) {
  std::vector<row> rows;
  for (std::size_t column = 0; column != threads + (others ? 1 : 0); ++column) {
    rows.push_back({column, "store", "here.hpp:1 A1"});
    rows.push_back({column,
                    "an object with a name that goes on and on, compared and exchanged for 18446744073709551615, sequentially consistent",
                    "a_header_of_ours.hpp:1234 Q16"});
    rows.push_back({column, std::string(300, 'x'), ""});
  }
  const std::string text = in_columns(rows, threads, others);
  std::istringstream lines(text);
  std::string head, line, found;
  std::getline(lines, head);
  const std::size_t place = head.rfind("at");
  bool right = head.size() <= report_width && (threads < 2 || head.find("T1") - head.find("T0") == columns_apart);
  std::size_t at = 0;
  while (std::getline(lines, line)) {
    right = right && line.size() <= report_width && line.back() != ' ';
    if (line.find(".hpp") != line.npos) right = right && place < line.size() && line[place - 1] == ' ' && line[place] != ' ';
    if (line.find("store") != line.npos) {
      const std::string heading = rows[at].column == threads ? "before" : "T" + std::to_string(rows[at].column);
      right = right && line.find("store") == head.find(heading);
      at += 3;
    }
    for (char c : line.substr(0, std::min(place, line.size()))) found += c == ' ' ? "" : std::string(1, c);
  }
  std::string wanted;  // step numbers and cells, without spaces
  for (std::size_t i = 0; i != rows.size(); ++i) {
    wanted += std::to_string(i + 1);
    for (char c : rows[i].cell) wanted += c == ' ' ? "" : std::string(1, c);
  }
  right = right && found == wanted && at == rows.size();
  if (!right) ++failures;
  std::printf("%s report of %u threads%s\n%s", right ? "ok    " : "WRONG ", threads, others ? " and others" : "",
              right ? "" : text.c_str());
}

// A loop that spins is shown twice.
void expect_repetition() {
  std::vector<row> rows{{0, "push", "a:1"}};
  for (int i = 0; i != 1000; ++i) {
    rows.push_back({1, "load", "a:2"});
    rows.push_back({1, "pause", "a:3"});
  }
  rows.push_back({1, "load", "a:2"});
  rows.push_back({0, "pop", "a:4"});
  rows.push_back({0, "pop", "a:4"});
  rows.push_back({0, "pop", "a:4"});
  const std::string text = in_columns(rows, 2, false);
  const bool right = std::count(text.begin(), text.end(), '\n') == 1 + 1 + 4 + 1 + 1 + 3 && text.find("  2001 ") == text.npos &&
                     text.find("the 2 before this again and again, to step 2001\n  2002 ") != text.npos;
  if (!right) ++failures;
  std::printf("%s report of a loop\n%s", right ? "ok    " : "WRONG ", right ? "" : text.c_str());
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
  expect_columns(1, false, 0);
  expect_columns(2, false, 42);
  expect_columns(3, true, 27);
  expect_columns(7, true, 11);
  expect_columns(12, true, 8);
  expect_repetition();
  return failures == 0 ? 0 : 1;
}

}  // namespace stealyard::model
