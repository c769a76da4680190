#include "stress/explore/search.hpp"

namespace stealyard::explore {

void search::rewind() noexcept {
  depth_ = 0;
  point_ = 0;
  steps_ = 0;
  taken_ = {};
  causes_.fill({});
  marks_.fill(0);
  off_script_ = false;
  for (auto& p : points_) p.clear();
}

bool search::next() {
  while (!path_.empty()) {
    decision& d = path_.back();
    fresh_ = static_cast<std::uint32_t>(path_.size() - 1);
    if (d.effect) {
      if (++d.index != d.count) return true;
    } else {
      d.tried |= only(d.thread);
      if (const thread_set more = d.wanted & d.able & ~d.tried; more != 0) {
        d.thread = static_cast<thread_id>(lowest(more));
        return true;
      }
    }
    path_.pop_back();
  }
  fresh_ = 0;
  return false;
}

void search::open(thread_set able, thread_set asleep, unsigned first, std::uint32_t stamp) {
  decision d;
  d.thread = static_cast<thread_id>(first);
  d.able = able;
  d.asleep = asleep;
  d.wanted = reduced ? only(first) : able;
  if (scripted_) {
    const bool known = depth_ < script_.size() && script_[depth_] < max_threads && (able >> script_[depth_] & 1) != 0;
    off_script_ = off_script_ || !known;
    if (known) d.thread = static_cast<thread_id>(script_[depth_]);
    d.wanted = only(d.thread);
  }
  d.stamp = stamp;
  d.taken = taken_;
  d.marks = marks_;
  path_.push_back(d);
}

unsigned search::enter() {
  const decision& d = path_[depth_];
  if (reduced) {
    for (thread_set s = d.tried; s != 0; s &= s - 1) marks_[lowest(s)] = d.stamp;
  }
  point_ = static_cast<std::uint32_t>(depth_++);
  thread_ = d.thread;
  mark_ = marks_[thread_];
  marks_[thread_] = 0;
  points_[thread_].push_back(point_);
  ++taken_[thread_];
  ++causes_[thread_][thread_];
  ++steps_;
  return thread_;
}

unsigned search::choose(unsigned count, unsigned possible) {
  if (possible < 2) return 0;
  if (depth_ == path_.size()) {
    decision d;
    d.effect = true;
    d.count = static_cast<std::uint16_t>(count);
    if (scripted_) {
      const bool known = depth_ < script_.size() && script_[depth_] < count;
      off_script_ = off_script_ || !known;
      d.index = known ? static_cast<std::uint16_t>(script_[depth_]) : std::uint16_t{0};
      d.count = static_cast<std::uint16_t>(d.index + 1);
    }
    path_.push_back(d);
  }
  decision& d = path_[depth_++];
  d.shown = d.index;
  return d.index;
}

void search::race(const use& earlier, unsigned t, bool entered) {
  const clock& needed = causes_[t];
  if (earlier.thread == t || needed[earlier.thread] >= earlier.step) return;
  decision& d = path_[earlier.point];
  // The threads whose first step after that point is one the write needed, and itself needed nothing from after the point.
  thread_set initials = 0;
  const auto free_of = [&](const clock& cause, unsigned self) {
    for (unsigned u = 0; u != max_threads; ++u) {
      if (u != self && cause[u] > d.taken[u]) return false;
    }
    return true;
  };
  for (unsigned u = 0; u != max_threads; ++u) {
    const bool itself = u == t;
    // How many steps of u the write needed: its own thread's, the write not counted if it has been entered.
    const unsigned steps = itself ? needed[u] - (entered ? 1u : 0u) : needed[u];
    if (steps > d.taken[u]) {
      if (free_of(path_[points_[u][d.taken[u]]].cause, u)) initials |= only(u);
    } else if (itself) {
      if (free_of(needed, u)) initials |= only(u);
    }
  }
  // Asleep: whatever begins with that step has been run.
  if ((initials & (d.wanted | d.asleep)) != 0) return;
  const thread_set possible = initials & d.able;
  if (possible == 0) {
    // The write alone begins it, and cannot come first: a lock that is held there. Whoever makes it possible races as well.
    if (initials != only(t)) d.wanted |= d.able;
  } else {
    d.wanted |= (possible >> t & 1) != 0 ? only(t) : only(lowest(possible));
  }
}

std::vector<std::uint32_t> search::path() const {
  std::vector<std::uint32_t> decisions;
  for (const decision& d : path_) decisions.push_back(d.effect ? d.shown : d.thread);
  return decisions;
}

}  // namespace stealyard::explore
