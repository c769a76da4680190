// What the tests of Go's semantics share: the combinations of parts they run on, and child processes for programs that die.
//
// A row is one choice of parts, workers and stacks. CI takes a pairwise covering set of rows: every two choices meet in some row;
// --all-rows takes them all. A test that needs more than a row's parts claim is skipped with "not applicable" and so listed.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/contract/selector.hpp"
#include "core/fiber/sanitizers.hpp"
#include "core/go.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN) || defined(STEALYARD_PERTURBED)
#define STEALYARD_SANITIZED 1
#endif

namespace stealyard::go_tests {

using namespace std::chrono_literals;

// ThreadSanitizer delivers a signal when its thread next enters a function that it knows, and its memory is not ours.
#if defined(STEALYARD_TSAN)
inline constexpr bool tsan = true;
#else
inline constexpr bool tsan = false;
#endif
#if defined(STEALYARD_SANITIZED)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
// For what is only so if goroutines were all asleep before a moment that `once(lead)` puts so far into the future: again with twice the
// lead until it says that they were. A busy machine takes longer, and decides nothing.
template <class F>
void with_enough_lead(F once) {
  auto lead = std::chrono::milliseconds(1);
  while (!once(lead)) lead *= 2;
}

// Sanitized runs are scaled down.
constexpr int scaled(int n) { return sanitized ? (n + 9) / 10 : n; }

struct row {
  std::string run_queue, channel_buffer, parker, idle, victim, timer_queue, selector;
  stack_birth stacks = stack_birth::lazy;
  unsigned workers = 1;
  std::string stack{};  // empty: the default

  options with_workers(unsigned n) const;
  options parts() const { return with_workers(workers); }
  std::string name() const;
};
void PrintTo(const row& r, std::ostream* out);

inline std::string row_name(const ::testing::TestParamInfo<row>& test) { return test.param.name(); }

// Every two choices in some row, or (all) every row. Of channel buffers only those that claim mpmc, on the default kind of stack; or
// (of_everything) every registered one, for programs that say what they need.
std::vector<row> rows(bool all, bool of_everything = false);
inline bool all_rows = false;  // set by main before GoogleTest asks

// What the row's buffer claims.
const channel_buffer_claims& claims_of_buffer(const row& r);
bool claims_hand_off(const row& r);
bool claims_fifo(const row& r);
bool channels_have_locks(const row& r);
// What the row's selector claims.
const selector_claims& claims_of_selector(const row& r);
// The registered channel buffers that claim exactly this; only those that claim mpmc are in rows.
std::vector<std::string> channel_buffers_for(arity who);

class on_rows : public ::testing::TestWithParam<row> {
 protected:
  unsigned workers() const { return GetParam().workers; }
  template <class F>
  int run(F&& f) const {
    return stealyard::run(GetParam().parts(), std::forward<F>(f));
  }
  // Where an order is only determined while one goroutine runs at a time.
  template <class F>
  int run_alone(F&& f) const {
    return stealyard::run(GetParam().with_workers(1), std::forward<F>(f));
  }
};

#define STEALYARD_ON_ROWS(topic)                                                                                           \
  class topic : public ::stealyard::go_tests::on_rows {};                                                                  \
  INSTANTIATE_TEST_SUITE_P(rows, topic, ::testing::ValuesIn(::stealyard::go_tests::rows(::stealyard::go_tests::all_rows)), \
                           ::stealyard::go_tests::row_name)

// A program that ends in a process of its own.
struct child {
  bool timed_out = false;
  int status = -1;   // exit status; -1: killed by `signal`, or timed out
  int signal = 0;
  std::string out, err;
};
void PrintTo(const child& c, std::ostream* out);
// Runs `body` in a child; its int is the exit status. Killed after `limit`.
child in_child(const std::function<int()>& body, std::chrono::milliseconds limit = 20s);
// The same for what goes wrong in a copy of a process that has forked often (ThreadSanitizer's signals): the child is this executable anew,
// runs this very test up to this call, and `body` in its place. It has loaded no symbols: a dump says addresses.
child in_fresh_child(const std::function<int()>& body, std::chrono::milliseconds limit = 20s);
inline unsigned fresh_children = 0;  // that the running test has asked for; main begins each test at 0
inline unsigned fresh_child_to_be = 0;  // set by main in such a child: which
std::size_t lines_in(const std::string& text);
bool contains(const std::string& text, const std::string& part);
bool starts_with(const std::string& text, const std::string& part);

// What several goroutines say, in the order in which they say it. That one runs at a time, or after another, is no edge of Go's: a tsan-go
// build would report a plain string. The lock is free whenever one worker, or a bubble, lets one at a time run; so it changes nothing.
class notes {
  mutable std::mutex mutex_;
  std::string text_;

 public:
  template <class... Words>
  void say(const Words&... words) {
    std::ostringstream said;
    (said << ... << words);
    const std::lock_guard lock(mutex_);
    text_ += said.str();
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
};

// Yields until `done`; false after five seconds.
template <class Done>
bool eventually(Done&& done) {
  const auto limit = std::chrono::steady_clock::now() + 5s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    yield();
  }
  return true;
}
// Spins, without a scheduling point.
template <class Done>
bool spin_until(Done&& done) {
  const auto limit = std::chrono::steady_clock::now() + 5s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
  }
  return true;
}

// The text of the panic that f ends with; "" if it returns.
template <class F>
std::string panic_of(F&& f) {
  try {
    f();
  } catch (const panic_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace stealyard::go_tests
