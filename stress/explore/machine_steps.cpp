// What a step does: races first (it may have written what somebody read), then the choice among its effects, then the effect.
#include "stress/explore/machine.hpp"

#include <algorithm>

namespace stealyard::explore {

namespace {

// Of time that passes: longer than programs spin before they sleep; longer than any deadline of theirs.
constexpr std::int64_t some_while = 1'000'000'000, far_ahead = 10'000'000'000;

constexpr thread_id id(unsigned t) noexcept { return static_cast<thread_id>(t); }

}  // namespace

// Races ------------------------------------------------------------------------------------------------------------------

void machine::race_with_reads(location_id at) {
  if (choices.seen_before()) return;
  for (const search::use& read : shadows_[at].reads) choices.race(read, current_, true);
}

void machine::race_with_uses(object_id o, bool unlocks) {
  if (choices.seen_before()) return;
  for (const search::use& other : objects_[o].uses) choices.race(other, current_, true);
  if (!unlocks) return;
  for (const search::use& other : objects_[o].unlocks) choices.race(other, current_, true);
}

void machine::remember_read(location_id at, message_id m) {
  shadows_[at].reads.push_back(choices.last_step());
  auto& turn = strands_[current_].turn;
  const auto same = std::find_if(turn.begin(), turn.end(), [&](const auto& read) { return read.first == at; });
  if (same != turn.end()) {
    same->second = m;
  } else {
    turn.emplace_back(at, m);
  }
  choices.needs(current_, cells[m].cause);
}

void machine::use_object(object_id o, bool unlocks) {
  object& each = objects_[o];
  (unlocks ? each.unlocks : each.uses).push_back(choices.last_step());
  choices.needs(current_, each.cause);
  each.cause.join(choices.cause_of(current_));
  each.stamp = cells.next_stamp();
}

// Atomics ----------------------------------------------------------------------------------------------------------------

location_id machine::make(std::uint64_t value, where at) {
  if (cells.locations() == max_locations) fail(ending::too_many_locations, "more than 512 atomics in one execution", at);
  const outside_the_model unseen;
  const location_id made = cells.make(id(current_), value);
  shadows_[made].reads.clear();
  shadows_[made].has_queue = false;
  return made;
}

void machine::check(location_id at, where site) {
  switch (cells.check_access(id(current_), at)) {
    case clash::none:
      return;
    case clash::gone:
      fail(ending::use_after_free, "an atomic that is gone", site);
    case clash::uninitialised:
      fail(ending::data_race, "an atomic whose construction is not ordered before this", site);
    case clash::race:
      fail(ending::data_race, "an atomic", site);
  }
}

void machine::destroy(location_id at, where site) {
  switch (cells.destroy(id(current_), at)) {
    case clash::none:
      return;
    case clash::gone:
      fail(ending::double_free, "an atomic is destroyed twice", site);
    default:
      fail(ending::use_after_free, "an atomic is destroyed, and an access of another thread is not ordered before that", site);
  }
}

// One of the candidates that this step has not been tried with. The newest may be read again as soon as there is any new one.
message_id machine::chosen(location_id at) {
  const std::uint32_t mark = alone() ? 0 : choices.mark();
  const message_id newest = cells.newest(at);
  fresh_.clear();
  bool any_new = mark == 0;
  for (unsigned i = 0; i != candidates_.size(); ++i) {
    const bool is_new = cells[candidates_[i]].stamp >= mark;
    any_new = any_new || is_new;
    if (mark == 0 || is_new || candidates_[i] == newest) fresh_.push_back(i);
  }
  if (!any_new || fresh_.empty()) leave(ending::cut);
  if (alone()) return candidates_.front();
  const unsigned which = fresh_[choices.choose(static_cast<unsigned>(fresh_.size()), static_cast<unsigned>(candidates_.size()))];
  if (candidates_.size() > 1) choices.chose(which);
  return candidates_[which];
}

machine::seen machine::load(location_id at, std::memory_order o, where site) {
  if (alone()) {
    cells.tick(id(current_));
  } else {
    arrive(step::read, at, 0);
  }
  const outside_the_model unseen;
  check(at, site);
  strand& f = strands_[current_];
  cells.readable(id(current_), at, o, candidates_);
  const bool waited_for =
      f.has_forced && f.forced_location == at && std::find(candidates_.begin(), candidates_.end(), f.forced) != candidates_.end();
  const message_id from = waited_for ? f.forced : chosen(at);
  f.has_forced = false;
  const std::uint64_t value = cells.read(id(current_), at, from, o);
  if (!alone()) {
    remember_read(at, from);
    choices.done_with_step();
  }
  return {value, from, 0, true};
}

machine::seen machine::store(location_id at, std::uint64_t value, std::memory_order o, where site) {
  if (alone()) {
    cells.tick(id(current_));
  } else {
    arrive(step::write, at, 0);
  }
  const outside_the_model unseen;
  check(at, site);
  if (!alone()) race_with_reads(at);
  cells.writable(id(current_), at, o, candidates_);
  const message_id after = candidates_[alone() ? 0 : choices.choose(static_cast<unsigned>(candidates_.size()))];
  const message_id made = cells.write(id(current_), at, after, value, o);
  if (!alone()) {
    choices.done_with_step();
    cells.set_cause(made, choices.cause_of(current_), choices.steps());
  }
  return {value, after, made, true};
}

machine::seen machine::update(location_id at, change f, std::uint64_t argument, std::memory_order o, where site) {
  if (alone()) {
    cells.tick(id(current_));
  } else {
    arrive(step::update, at, 0);
  }
  const outside_the_model unseen;
  check(at, site);
  if (!alone()) race_with_reads(at);
  cells.replaceable(id(current_), at, o, candidates_);
  const message_id from = chosen(at);
  const std::uint64_t old = cells[from].value;
  const message_id made = cells.replace(id(current_), at, from, f(old, argument), o);
  strands_[current_].has_forced = false;
  if (!alone()) {
    remember_read(at, from);
    choices.done_with_step();
    cells.set_cause(made, choices.cause_of(current_), choices.steps());
  }
  return {old, from, made, true};
}

machine::seen machine::compare_exchange(location_id at, const exchange& wish, where site) {
  if (alone()) {
    cells.tick(id(current_));
  } else {
    arrive(step::update, at, 0);
  }
  const outside_the_model unseen;
  check(at, site);
  if (!alone()) race_with_reads(at);
  // It succeeds on a message that holds the expected value, and fails on any other that a load could read.
  cells.readable(id(current_), at, wish.fail, candidates_);
  cells.replaceable(id(current_), at, wish.ok, more_candidates_);
  const message_id newest = cells.newest(at);
  std::erase_if(candidates_, [&](message_id m) { return cells[m].value == wish.expected; });
  std::erase_if(more_candidates_, [&](message_id m) { return cells[m].value != wish.expected; });
  candidates_.insert(candidates_.end(), more_candidates_.begin(), more_candidates_.end());
  std::sort(candidates_.begin(), candidates_.end(), [&](message_id a, message_id b) { return cells[a].level > cells[b].level; });
  const message_id from = chosen(at);
  const std::uint64_t old = cells[from].value;
  strand& f = strands_[current_];
  f.has_forced = false;
  bool done = old == wish.expected;
  if (done && wish.weak && from == newest && !alone() && f.spurious < bound.spurious && choices.choose(2) == 1) {
    ++f.spurious;
    done = false;
  }
  message_id made = 0;
  if (done) {
    made = cells.replace(id(current_), at, from, wish.desired, wish.ok);
  } else {
    cells.read(id(current_), at, from, wish.fail);
  }
  if (!alone()) {
    remember_read(at, from);
    choices.done_with_step();
    if (done) cells.set_cause(made, choices.cause_of(current_), choices.steps());
  }
  return {old, from, made, done};
}

void machine::fence(std::memory_order o) {
  const outside_the_model unseen;
  cells.fence(id(current_), o);
}

// Spinning ---------------------------------------------------------------------------------------------------------------

// A turn of a loop that read exactly what the turn before it read changes nothing: the thread waits until some location it read has
// something newer, and reads that. (Fairness: what is written is seen at some time, and others run.) Or until time passes, if it looks at
// the clock: as for who sleeps until a deadline, that may be at any moment, so often, and is when nobody else can go on.
void machine::pause() {
  if (alone()) return;
  strand& f = strands_[current_];
  if (f.turn.empty()) return;
  if (f.turn != f.turn_before) {
    const outside_the_model unseen;
    std::swap(f.turn_before, f.turn);
    f.turn.clear();
    return;
  }
  arrive(step::pause, f.turn.front().first, 0);
  const outside_the_model unseen;
  candidates_.clear();
  std::vector<location_id>& places = pause_places_;
  places.clear();
  fresh_.clear();
  const std::uint32_t mark = choices.mark();
  for (const auto& [at, m] : f.turn) {
    const auto& order = cells.order_of(at);
    for (std::size_t i = order.size(); i-- != 0 && cells[order[i]].level > cells[m].level;) {
      if (mark == 0 || cells[order[i]].stamp >= mark || i + 1 == order.size()) fresh_.push_back(static_cast<unsigned>(candidates_.size()));
      candidates_.push_back(order[i]);
      places.push_back(at);
    }
    shadows_[at].reads.push_back(choices.last_step());
  }
  // Or the loop goes round once more as it is.
  const bool early = f.clocked && !f.released && mark == 0 && f.jumps < bound.jumps;
  if (f.repeats < bound.repeats || f.released || early) fresh_.push_back(static_cast<unsigned>(candidates_.size()));
  const auto possible = static_cast<unsigned>(candidates_.size()) + 1;
  if (fresh_.empty()) leave(ending::cut);
  const unsigned taken = fresh_[choices.choose(static_cast<unsigned>(fresh_.size()), possible)];
  if (possible > 1) choices.chose(taken);
  const bool looked = taken == candidates_.size() && f.clocked;
  if (taken < candidates_.size()) {
    const message_id m = candidates_[taken];
    cells.must_see(id(current_), places[taken], m);
    choices.needs(current_, cells[m].cause);
    f.forced_location = places[taken];
    f.forced = m;
    f.has_forced = true;
  } else {
    if (early) {
      ++f.jumps;
      f.now += far_ahead;
    } else {
      ++f.repeats;
      if (f.clocked) f.now += some_while;
      if (f.released && !f.clocked) bounded_ = true;
    }
    f.clocked = false;
  }
  f.released = false;
  f.turn_before.clear();
  if (looked) {
    f.turn.clear();  // it may look at the clock every other turn only: the next pause is none
  } else {
    std::swap(f.turn_before, f.turn);
  }
  choices.done_with_step();
}

// Sleeping ---------------------------------------------------------------------------------------------------------------

object_id machine::make_object() {
  const outside_the_model unseen;
  if (objects_used_ == objects_.size()) objects_.emplace_back();
  object& o = objects_[objects_used_];
  o.uses.clear();
  o.unlocks.clear();
  o.sleepers.clear();
  o.cause = {};
  o.stamp = 0;
  o.floor = 0;
  o.held = false;
  o.guarded = {};
  return objects_used_++;
}

object_id machine::queue_of(location_id at) {
  shadow& s = shadows_[at];
  if (!s.has_queue) {
    s.queue = make_object();
    s.has_queue = true;
  }
  return s.queue;
}

// Already queued. Returns when somebody woke it, or its deadline passed.
machine::woke machine::sleep(object_id o, std::int64_t deadline) {
  strand& f = strands_[current_];
  f.timed = deadline != INT64_MAX;
  f.deadline = deadline;
  const unsigned me = current_;
  arrive(step::sleep, max_locations, o);
  const outside_the_model unseen;
  if (f.timed) race_with_uses(o);  // it might have gone before its waker
  const bool woken = f.woken;
  if (woken) {
    choices.needs(me, f.wake_cause);
  } else {
    std::erase(objects_[o].sleepers, me);
    if (!f.released) ++f.jumps;
    f.now = std::max(f.now, deadline);
  }
  f.released = false;
  if (f.timed) use_object(o);
  f.woken = f.timed = false;
  choices.done_with_step();
  return woken ? woke::woken : woke::timed_out;
}

machine::woke machine::wait(location_id at, std::uint64_t expected, std::int64_t deadline, where site) {
  if (alone()) return cells[cells.newest(at)].value == expected ? woke::spurious : woke::not_equal;
  const object_id o = queue_of(at);
  arrive(step::object, at, o);
  {
    const outside_the_model unseen;
    check(at, site);
    race_with_uses(o);
    cells.readable(id(current_), at, std::memory_order::relaxed, candidates_);
    // Waking and going to sleep exclude each other: a sleeper sees what wakers before it saw.
    const level_t floor = objects_[o].floor & ~level_t{1};
    std::erase_if(candidates_, [&](message_id m) { return cells[m].level < floor; });
    // A mark covers what was readable when nobody had used the queue since.
    const std::uint32_t mark = choices.mark();
    const message_id from =
        mark != 0 && objects_[o].stamp < mark ? chosen(at) : candidates_[choices.choose(static_cast<unsigned>(candidates_.size()))];
    cells.read(id(current_), at, from, std::memory_order::relaxed);
    remember_read(at, from);
    strand& f = strands_[current_];
    const bool equal = cells[from].value == expected;
    const bool spurious = equal && f.spurious < bound.spurious && choices.choose(2) == 1;
    if (spurious) ++f.spurious;
    use_object(o);
    choices.done_with_step();
    if (!equal) return woke::not_equal;
    if (spurious) return woke::spurious;
    objects_[o].sleepers.push_back(current_);
    f.woken = false;
  }
  return sleep(o, deadline);
}

void machine::wake_sleepers(object_id o, unsigned n) {
  auto& sleepers = objects_[o].sleepers;
  for (; n != 0 && !sleepers.empty(); --n) {
    const unsigned which = n >= sleepers.size() ? 0 : choices.choose(static_cast<unsigned>(sleepers.size()));
    strand& woken = strands_[sleepers[which]];
    sleepers.erase(sleepers.begin() + static_cast<std::ptrdiff_t>(which));
    woken.woken = true;
    woken.wake_cause = choices.cause_of(current_);
  }
}

void machine::wake(location_id at, unsigned n, where site) {
  if (alone()) return;
  const object_id o = queue_of(at);
  arrive(step::object, max_locations, o);
  const outside_the_model unseen;
  check(at, site);
  race_with_uses(o);
  use_object(o);
  objects_[o].floor = std::max(objects_[o].floor, cells.view_of(id(current_), at));
  wake_sleepers(o, n);
  choices.done_with_step();
}

// Locks ------------------------------------------------------------------------------------------------------------------

void machine::lock(object_id o, where at) {
  object& l = objects_[o];
  if (l.held && l.holder == current_) fail(ending::misuse, "a thread locks what it holds", at);
  if (!alone()) {
    arrive(step::lock, max_locations, o);
    const outside_the_model unseen;
    race_with_uses(o, /*unlocks=*/false);
    use_object(o);
    choices.done_with_step();
  }
  object& held = objects_[o];
  held.held = true;
  held.holder = current_;
  cells.learn(id(current_), held.guarded);
}

bool machine::try_lock(object_id o, where) {
  if (!alone()) {
    arrive(step::object, max_locations, o);
    const outside_the_model unseen;
    race_with_uses(o);
    use_object(o);
    choices.done_with_step();
  }
  object& l = objects_[o];
  if (l.held) return false;
  l.held = true;
  l.holder = current_;
  cells.learn(id(current_), l.guarded);
  return true;
}

void machine::unlock(object_id o, where at) {
  if (!objects_[o].held || objects_[o].holder != current_) fail(ending::misuse, "a thread unlocks what it does not hold", at);
  if (!alone()) {
    arrive(step::object, max_locations, o);
    const outside_the_model unseen;
    race_with_uses(o);
    use_object(o, /*unlocks=*/true);
    choices.done_with_step();
  } else {
    cells.tick(id(current_));
  }
  cells.save(id(current_), objects_[o].guarded);
  objects_[o].held = false;
}

machine::woke machine::wait_on(object_id condition, object_id lock_id, std::int64_t deadline, where at) {
  if (alone()) return woke::spurious;
  bool spurious = false;
  {
    arrive(step::object, max_locations, condition);
    const outside_the_model unseen;
    race_with_uses(condition);
    use_object(condition);
    strand& f = strands_[current_];
    spurious = f.spurious < bound.spurious && choices.choose(2) == 1;
    if (spurious) ++f.spurious;
    choices.done_with_step();
    if (!spurious) objects_[condition].sleepers.push_back(current_);
    f.woken = false;
  }
  unlock(lock_id, at);
  const woke how = spurious ? woke::spurious : sleep(condition, deadline);
  lock(lock_id, at);
  return how;
}

void machine::notify(object_id condition, unsigned n, where) {
  if (alone()) return;
  arrive(step::object, max_locations, condition);
  const outside_the_model unseen;
  race_with_uses(condition);
  use_object(condition);
  wake_sleepers(condition, n);
  choices.done_with_step();
}

std::int64_t machine::now() {
  const outside_the_model unseen;
  strand& f = strands_[current_];
  const bool jump = !alone() && f.jumps < bound.jumps && choices.choose(2) == 1;
  if (jump) ++f.jumps;
  f.now += jump ? some_while : 1;
  f.clocked = true;
  return f.now;
}

std::uint32_t machine::random(std::uint32_t n) {
  const outside_the_model unseen;
  return alone() ? 0 : choices.choose(n);
}

}  // namespace stealyard::explore
