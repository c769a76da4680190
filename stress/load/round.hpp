// round: one history made by real threads, and what is known of it; entries: every variant that has a load suite.
#pragma once
#include "stress/conformance/support.hpp"
#include "stress/load/verdict.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <string>

namespace stealyard::load {

struct round_settings {
  std::uint64_t seed = 1;
  std::size_t capacity = 1;
  std::size_t operations = 20'000;  // of all threads together
  bool perturbed = false;
  bool closes = false;
};

struct entry {
  std::string kind, name;
  std::function<history(const round_settings&)> make;
  std::function<finding(history, std::size_t capacity)> check;
  std::string dotted() const { return kind + "." + name; }
};
std::deque<entry>& entries();

// f(0) .. f(n - 1) on n threads that are participants all at once, from before the first call until after the last: a thread that ended
// early would hand its participant's index to one that starts late.
template <class F>
void all_inside(unsigned n, F&& f) {
  std::atomic<unsigned> outside{n};
  conformance::together(n, [&](unsigned me) {
    real::self();
    outside.fetch_sub(1);
    while (outside.load() != 0) real::yield();
    f(me);
  });
}

// A history of everything, drained at the end. The result says what is wrong with it and shows the smallest wrong part.
finding check_run_queue(history h, const run_queue_claims& claims, std::size_t capacity);
finding check_channel_buffer(history h, const channel_buffer_claims& claims, std::size_t capacity);

}  // namespace stealyard::load
