#include "stress/explore/machine.hpp"

#include "core/contract/assert.hpp"
#include "core/fiber/exception_globals.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <sys/mman.h>

namespace stealyard::explore {

machine the_machine;

namespace {

using switching = fiber::chosen_switch;
constexpr std::size_t stack_size = std::size_t{256} << 10;
constexpr std::size_t guard_size = 4096;
constexpr unsigned patience = 40;  // turns of a loop in which nothing changes, before it is said never to end

std::byte* make_stack() {
  void* low = ::mmap(nullptr, guard_size + stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (low == MAP_FAILED) throw std::bad_alloc();
  ::mprotect(low, guard_size, PROT_NONE);
  return static_cast<std::byte*>(low) + guard_size;
}

void breach_in_model(const char* text, const char*, unsigned) { the_machine.fail(ending::assertion, text, where::current()); }

[[noreturn]] void ended_by_exception() {
  // Nobody unwinds: the fiber is dropped, and what it holds lies in the model's heap.
  the_machine.fail(ending::exception, "an exception left a noexcept function, or std::terminate was called", {});
}

}  // namespace

const char* to_string(ending e) noexcept {
  switch (e) {
    case ending::complete:
      return "complete";
    case ending::cut:
      return "cut";
    case ending::assertion:
      return "ASSERTION FAILED";
    case ending::data_race:
      return "DATA RACE";
    case ending::deadlock:
      return "DEADLOCK";
    case ending::livelock:
      return "LIVELOCK";
    case ending::use_after_free:
      return "USE AFTER FREE";
    case ending::double_free:
      return "DOUBLE FREE";
    case ending::uninitialised:
      return "UNINITIALISED";
    case ending::leak:
      return "LEAK";
    case ending::exception:
      return "EXCEPTION";
    case ending::misuse:
      return "MISUSE OF A LOCK";
    case ending::step_budget:
      return "STEP BUDGET";
    case ending::memory_budget:
      return "MEMORY BUDGET";
    case ending::too_many_locations:
      return "TOO MANY ATOMICS";
  }
  return "?";
}

}  // namespace stealyard::explore

void stealyard::model::require(bool holds, const char* otherwise, std::source_location at) {
  if (!holds) explore::the_machine.fail(explore::ending::assertion, otherwise, at);
}

namespace stealyard::explore {

// Running one execution -------------------------------------------------------------------------------------------------

const machine::result& machine::run(const model::subject& s) {
  static const std::terminate_handler before = std::set_terminate(&ended_by_exception);
  (void)before;
  running_ = &s;
  threads_ = s.threads;
  current_ = threads_;
  live_ = 0;
  outcome_ = {};
  objects_used_ = 0;
  for (unsigned i = 0; i != cells.locations(); ++i) {
    shadows_[i].reads.clear();
    shadows_[i].has_queue = false;
  }
  cells.reset();
  choices.rewind();
  the_heap.begin();
  for (unsigned t = 0; t <= threads_; ++t) {
    strand& f = strands_[t];
    if (f.low == nullptr) f.low = make_stack();
    f.next = step::nothing;
    f.live = f.woken = f.timed = f.released = f.clocked = f.has_forced = false;
    f.identity = t;
    f.now = 1'000'000;
    f.spurious = f.jumps = f.repeats = 0;
    f.turn.clear();
    f.turn_before.clear();
    switching::make(f.stack, f.low, stack_size, t == threads_ ? &run_main : &run_thread);
  }
  const breach_handler breach_before = std::exchange(on_breach, &breach_in_model);
  the_heap.open = true;
  switching::jump(outside_, strands_[threads_].stack, nullptr);
  the_heap.open = false;
  bounded_ = bounded_ || cells.crowded();
  on_breach = breach_before;
  *fiber::exception_globals_here() = {};
  running_ = nullptr;
  return outcome_;
}

void machine::run_main(void*) {
  machine& m = the_machine;
  try {
    m.body_ = m.running_->make(m.running_->context);
    m.start();
    m.body_->after();
    delete m.body_;
  } catch (const std::exception& e) {
    const outside_the_model unseen;
    m.outcome_.why = e.what();
    m.fail(ending::exception, nullptr, {});
  } catch (...) {
    m.fail(ending::exception, "something that is no std::exception", {});
  }
  if (the_heap.living() != 0) m.fail(ending::leak, "memory is never given back", {});
  m.leave(ending::complete);
}

// Each thread runs up to its first step; then somebody is picked.
void machine::start() {
  const knowledge& known = cells.known(static_cast<thread_id>(threads_));
  cells.tick(static_cast<thread_id>(threads_));
  starting_ = true;
  for (unsigned t = 0; t != threads_; ++t) {
    cells.learn(static_cast<thread_id>(t), known);
    strands_[t].live = true;
    ++live_;
    go_to(threads_, t);
  }
  starting_ = false;
  if (live_ != 0) go_to(threads_, pick());
  for (unsigned t = 0; t != threads_; ++t) {
    cells.tick(static_cast<thread_id>(t));
    cells.learn(static_cast<thread_id>(threads_), cells.known(static_cast<thread_id>(t)));
  }
}

void machine::run_thread(void*) {
  machine& m = the_machine;
  const unsigned me = m.current_;
  try {
    m.body_->thread(me);
  } catch (const std::exception& e) {
    const outside_the_model unseen;
    m.outcome_.why = e.what();
    m.fail(ending::exception, nullptr, {});
  } catch (...) {
    m.fail(ending::exception, "something that is no std::exception", {});
  }
  m.finished();
}

void machine::finished() {
  const unsigned me = current_;
  strands_[me].live = false;
  --live_;
  unsigned next = threads_;
  if (!starting_ && live_ != 0) next = pick();
  go_to(me, next);
  std::terminate();  // nobody comes back
}

void machine::go_to(unsigned from, unsigned to) {
  current_ = to;
  the_heap.open = true;
  switching::jump(strands_[from].stack, strands_[to].stack, nullptr);
}

void machine::leave(ending how) {
  outcome_.how = how;
  if (how != ending::complete || threads_ != 0) races_of_the_unfinished();
  switching::context dropped;
  switching::jump(dropped, outside_, nullptr);
  std::abort();
}

void machine::fail(ending how, const char* why, where at) {
  {
    const outside_the_model unseen;
    if (why != nullptr) outcome_.why = why;
    outcome_.at = at;
    outcome_.thread = current_;
  }
  leave(how);
}

// A thread that was kept from its next step might have written what others read, had it come first.
void machine::races_of_the_unfinished() {
  for (unsigned t = 0; t != threads_; ++t) {
    const strand& f = strands_[t];
    if (!f.live) continue;
    if (f.next == step::write || f.next == step::update) {
      for (const auto& use : shadows_[f.location].reads) choices.race(use, t, false);
    } else if (f.next == step::object || f.next == step::lock || (f.next == step::sleep && f.timed)) {
      for (const auto& use : objects_[f.object].uses) choices.race(use, t, false);
      if (f.next == step::lock) continue;
      for (const auto& use : objects_[f.object].unlocks) choices.race(use, t, false);
    }
  }
}

// Who goes next ----------------------------------------------------------------------------------------------------------

bool machine::able(unsigned t) const noexcept {
  const strand& f = strands_[t];
  if (!f.live) return false;
  switch (f.next) {
    case step::lock:
      return !objects_[f.object].held;
    case step::sleep:
      return f.woken || (f.timed && f.jumps < bound.jumps) || f.released;
    case step::pause:
      if (f.released || f.repeats < bound.repeats || (f.clocked && f.jumps < bound.jumps)) return true;
      for (const auto& [at, m] : f.turn) {
        if (cells[cells.newest(at)].level > cells[m].level) return true;
      }
      return false;
    default:
      return true;
  }
}

// Could its next step read something that it has not been tried with?
bool machine::awake(unsigned t) const noexcept {
  const std::uint32_t mark = choices.mark_of(t);
  if (mark == 0) return true;
  const strand& f = strands_[t];
  const auto anything_new = [&](location_id at) {
    const level_t oldest = cells.view_of(static_cast<thread_id>(t), at) & ~level_t{1};
    const auto& order = cells.order_of(at);
    for (std::size_t i = order.size(); i-- != 0 && cells[order[i]].level >= oldest;) {
      if (cells[order[i]].stamp >= mark) return true;
    }
    return false;
  };
  switch (f.next) {
    case step::read:
    case step::update:
      return anything_new(f.location);
    case step::object:
    case step::lock:
      return objects_[f.object].stamp >= mark || (f.location != max_locations && anything_new(f.location));
    case step::sleep:
      return f.timed && objects_[f.object].stamp >= mark;
    case step::pause:
      return std::any_of(f.turn.begin(), f.turn.end(), [&](const auto& read) { return anything_new(read.first); });
    default:
      return false;
  }
}

// Writes before reads: a read that comes late has every choice, and no race needs it to come again.
unsigned machine::preferred(thread_set from) const noexcept {
  for (thread_set s = from; s != 0; s &= s - 1) {
    const step next = strands_[lowest(s)].next;
    if (next == step::write || next == step::nothing) return lowest(s);
  }
  return current_ != threads_ && (from >> current_ & 1) != 0 ? current_ : lowest(from);
}

unsigned machine::pick() {
  const outside_the_model unseen;
  ++progress_;
  if (!choices.replaying()) {
    if (choices.steps() == bound.steps) {
      if (bound.cut_long) {
        bounded_ = true;
        leave(ending::cut);
      }
      fail(ending::step_budget, "more steps than the bound allows: a loop that never ends, or a bound too low", {});
    }
    thread_set ready = 0, sleeping = 0;
    const auto look = [&] {
      ready = sleeping = 0;
      for (unsigned t = 0; t != threads_; ++t) {
        if (able(t)) (awake(t) ? ready : sleeping) |= only(t);
      }
    };
    look();
    if (ready == 0 && sleeping == 0) {
      let_time_pass();
      look();
    }
    if (ready == 0) leave(ending::cut);
    choices.open(ready, sleeping, preferred(ready), cells.stamp());
  }
  const unsigned next = choices.enter();
  if (!able(next)) strands_[next].released = true;  // when this was first run, time passed here
  return next;
}

// Nobody can step. A deadline passes, or somebody who has been spinning goes round once more.
void machine::let_time_pass() {
  unsigned first = threads_;
  for (unsigned t = 0; t != threads_; ++t) {
    const strand& f = strands_[t];
    if (f.live && f.next == step::sleep && f.timed && (first == threads_ || f.deadline < strands_[first].deadline)) first = t;
  }
  for (unsigned t = 0; first == threads_ && t != threads_; ++t) {
    const strand& f = strands_[t];
    if (f.live && f.next == step::pause && f.repeats < bound.repeats + patience) first = t;
  }
  if (first != threads_) {
    strands_[first].released = true;
    return;
  }
  bool spins = false;
  for (unsigned t = 0; t != threads_; ++t) spins = spins || (strands_[t].live && strands_[t].next == step::pause);
  if (spins) fail(ending::livelock, "nobody can go on but those who spin, and nothing they read will change", {});
  if (body_->may_rest()) leave(ending::complete);
  fail(ending::deadlock, "every thread that has not ended waits for another", {});
}

void machine::arrive(step s, location_id at, object_id o) {
  const unsigned me = current_;
  strand& f = strands_[me];
  f.next = s;
  f.location = at;
  f.object = o;
  if (starting_) {
    go_to(me, threads_);
  } else if (const unsigned next = pick(); next != me) {
    go_to(me, next);
  }
  cells.tick(static_cast<thread_id>(me));
}

}  // namespace stealyard::explore
