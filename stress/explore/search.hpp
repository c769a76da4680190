// search: which executions are there to run, and which next? Depth first, by replaying a path of choices and changing its last one.
//
// Source sets (Abdulla, Aronsson, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL 2014), on execution graphs
// rather than on sequences. Two runs are the same execution iff every thread takes the same steps, each read returns the same message and
// each location has the same modification order. Since a read that comes late may still return an old message, and a write that comes late
// may still stand earlier in modification order, only one thing depends on who goes first: a read can return a message only if that
// was written before it. So:
//
//   choices     a step of a thread is tried with every message it may read, and every place in modification order it may write at.
//   races       a read, then a write to the same location whose thread needed nothing from that read. At the point of the read some
//               thread that begins what the write needed must be tried as well: unless one of them is already, one is added. (Needed: its
//               *cause*, the steps before it by program order and reads-from. For a read-modify-write: without what it reads itself.)
//   sleep       what was tried first at a point need not be tried again in the branches after it, except for a read that returns a
//               message written since. A thread sleeps with a mark: how many messages there were. The newest message stays readable
//               as soon as there is any message the mark does not cover, so that an awake thread can always step.
//   objects     locks and wait queues have no old values: every pair of their steps races.
//
// Why nothing is lost: core/decisions, "explorer". Tested against the search without reduction (--full) and against axioms.
#pragma once
#include "stress/explore/clock.hpp"

#include <bit>
#include <vector>

namespace stealyard::explore {

using thread_set = std::uint32_t;
constexpr thread_set only(unsigned t) noexcept { return thread_set{1} << t; }
constexpr unsigned lowest(thread_set s) noexcept { return static_cast<unsigned>(std::countr_zero(s)); }

// One decision of a path: who steps, or which of several possible effects a step has.
struct decision {
  bool effect = false;
  std::uint16_t index = 0, count = 1;  // of an effect
  std::uint16_t shown = 0;             // its number, where nothing has been put aside
  thread_id thread = 0;                // of a step; the rest too
  thread_set able = 0;                 // could step, and was not asleep
  thread_set asleep = 0;
  thread_set wanted = 0;               // must be tried here
  thread_set tried = 0;
  std::uint32_t stamp = 0;
  clock taken;                         // steps of each thread before this point
  clock cause;                         // of the step, itself included
  std::array<std::uint32_t, max_threads> marks{};  // 0: awake
};

class search {
 public:
  bool reduced = true;  // false: every interleaving

  // At the start of a run.
  void rewind() noexcept;
  // Moves on to the next path; false if there is none.
  bool next();
  // Forgets the path, and any that was to be followed.
  void clear() noexcept { path_.clear(), fresh_ = 0, scripted_ = false; }

  bool replaying() const noexcept { return depth_ != path_.size(); }
  // A new point: `able` threads may step and are awake, `asleep` ones could but need not; `first` is tried first.
  void open(thread_set able, thread_set asleep, unsigned first, std::uint32_t stamp);
  // Enters the decision at hand; gives the thread to step.
  unsigned enter();
  // One of `count` effects of the step entered last, left of `possible` after those tried before were put aside.
  unsigned choose(unsigned count, unsigned possible);
  unsigned choose(unsigned count) { return choose(count, count); }
  // Which of the possible ones it was: what a path is written with, since whoever replays it puts nothing aside.
  void chose(unsigned which) noexcept { path_[depth_ - 1].shown = static_cast<std::uint16_t>(which); }

  // 0, or the stamp up to which the thread's next step has been tried; and that of the step entered last.
  std::uint32_t mark_of(unsigned t) const noexcept { return marks_[t]; }
  std::uint32_t mark() const noexcept { return mark_; }

  // The step entered last: remembered so that races find it.
  struct use {
    std::uint32_t point;
    thread_id thread;
    std::uint16_t step;
  };
  use last_step() const noexcept { return {point_, thread_, taken_[thread_]}; }
  const clock& cause_of(unsigned t) const noexcept { return causes_[t]; }
  void needs(unsigned t, const clock& cause) noexcept { causes_[t].join(cause); }
  void done_with_step() noexcept { path_[point_].cause = causes_[thread_]; }
  std::uint32_t steps() const noexcept { return steps_; }
  const clock& taken() const noexcept { return taken_; }

  // A step of thread t that may write what `earlier` read: the step entered last, before it reads anything (`entered`), or the one that
  // t did not get to in this run.
  void race(const use& earlier, unsigned t, bool entered);
  // Nothing that happens at the point entered last can race anew: this part of the path has been run before.
  bool seen_before() const noexcept { return point_ < fresh_; }

  std::vector<std::uint32_t> path() const;               // for replaying: each decision's thread or index
  void follow(const std::vector<std::uint32_t>& path) { script_ = path, scripted_ = true; }
  bool off_script() const noexcept { return off_script_; }

 private:
  std::vector<decision> path_;
  std::size_t depth_ = 0;
  std::uint32_t fresh_ = 0;  // the first decision not run before
  std::uint32_t point_ = 0;
  thread_id thread_ = 0;
  std::uint32_t steps_ = 0;
  std::uint32_t mark_ = 0;
  clock taken_;
  std::array<clock, max_threads> causes_;
  std::array<std::uint32_t, max_threads> marks_{};
  std::array<std::vector<std::uint32_t>, max_threads> points_;  // of each thread's steps
  std::vector<std::uint32_t> script_;
  bool scripted_ = false, off_script_ = false;
};

}  // namespace stealyard::explore
