#include "stress/explore/memory.hpp"

#include <algorithm>

namespace stealyard::explore {

namespace {

constexpr level_t spacing = level_t{1} << 16;
constexpr level_t message_of(level_t l) noexcept { return l & ~level_t{1}; }
constexpr level_t readers_of(level_t message) noexcept { return message | 1; }

}  // namespace

void memory::forget(knowledge& k) noexcept {
  k.times = {};
  std::fill_n(k.seen.level.begin(), count_, level_t{0});
}

void memory::reset() {
  for (unsigned t = 0; t != max_threads; ++t) {
    forget(threads_[t].now);
    forget(threads_[t].for_acquire);
    forget(threads_[t].at_release);
    s_of_[t].clear();
  }
  count_ = 0;
  stamp_ = 1;
  crowded_ = false;
  messages_.clear();
  levels_.clear();
  events_.clear();
}

location_id memory::make(thread_id t, std::uint64_t value) {
  const location_id at = count_++;
  place& p = places_[at];
  p.order.clear();
  p.accessed = {};
  p.maker = t;
  p.made = epoch(t);
  p.gone = false;
  message first;
  first.value = value;
  first.level = spacing;
  first.writer = t;
  p.order.push_back(static_cast<message_id>(messages_.size()));
  messages_.push_back(first);
  raise(threads_[t].now, at, spacing);
  return at;
}

clash memory::check_access(thread_id t, location_id at) noexcept {
  if (at >= count_) return clash::gone;
  place& p = places_[at];
  if (p.gone) return clash::gone;
  if (!happened(t, p.maker, p.made)) return clash::uninitialised;
  p.accessed[t] = threads_[t].now.times.happened[t];
  return clash::none;
}

clash memory::destroy(thread_id t, location_id at) noexcept {
  if (at >= count_ || places_[at].gone) return clash::gone;
  place& p = places_[at];
  p.gone = true;
  for (unsigned u = 0; u != max_threads; ++u) {
    if (p.accessed[u] != 0 && !happened(t, u, p.accessed[u])) return clash::race;
  }
  return happened(t, p.maker, p.made) ? clash::none : clash::race;
}

std::uint32_t memory::keep(const view& v) {
  const auto offset = static_cast<std::uint32_t>(levels_.size());
  levels_.insert(levels_.end(), v.level.begin(), v.level.begin() + count_);
  return offset;
}

void memory::learn(thread_id t, const knowledge& k) noexcept {
  threads_[t].now.times.join(k.times);
  threads_[t].now.seen.join(k.seen.level.data(), count_);
}

void memory::save(thread_id t, knowledge& into) const noexcept {
  into.times = threads_[t].now.times;
  std::copy_n(threads_[t].now.seen.level.begin(), count_, into.seen.level.begin());
}

std::size_t memory::position_of(location_id at, message_id m) const noexcept {
  const auto& order = places_[at].order;
  std::size_t i = order.size();
  while (order[i - 1] != m) --i;
  return i - 1;
}

// Candidates -------------------------------------------------------------------------------------------------------------

void memory::readable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into) {
  const auto& order = places_[at].order;
  const level_t oldest = message_of(threads_[t].now.seen.level[at]);
  into.clear();
  for (std::size_t i = order.size(); i-- != 0 && messages_[order[i]].level >= oldest;) {
    if (fits_in_s({t, at, order[i], o, true, false})) into.push_back(order[i]);
  }
}

void memory::writable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into) {
  const auto& order = places_[at].order;
  const level_t oldest = message_of(threads_[t].now.seen.level[at]);
  into.clear();
  for (std::size_t i = order.size(); i-- != 0 && messages_[order[i]].level >= oldest;) {
    if (messages_[order[i]].taken || !fits_in_s({t, at, order[i], o, false, true})) continue;
    if (i + 1 != order.size() && messages_[order[i + 1]].level - messages_[order[i]].level < 4) {
      crowded_ = true;
    } else {
      into.push_back(order[i]);
    }
  }
}

void memory::replaceable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into) {
  const auto& order = places_[at].order;
  const level_t oldest = message_of(threads_[t].now.seen.level[at]);
  into.clear();
  for (std::size_t i = order.size(); i-- != 0 && messages_[order[i]].level >= oldest;) {
    if (messages_[order[i]].taken || !fits_in_s({t, at, order[i], o, true, true})) continue;
    if (i + 1 != order.size() && messages_[order[i + 1]].level - messages_[order[i]].level < 4) {
      crowded_ = true;
    } else {
      into.push_back(order[i]);
    }
  }
}

// Steps ------------------------------------------------------------------------------------------------------------------

// What a read of m does to the reader's knowledge.
void memory::take_in(thread_id t, message_id m, std::memory_order o) {
  participant& p = threads_[t];
  const message& from = messages_[m];
  const level_t* seen = levels_.data() + from.seen;
  if (acquires(o)) {
    p.now.times.join(from.published);
    p.now.seen.join(seen, from.seen_count);
  } else {
    p.for_acquire.times.join(from.published);
    p.for_acquire.seen.join(seen, from.seen_count);
  }
}

std::uint64_t memory::read(thread_id t, location_id at, message_id from, std::memory_order o) {
  const level_t level = readers_of(messages_[from].level);
  const clock sources = enter_s({t, at, from, o, true, false}, level);
  take_in(t, from, o);
  raise(threads_[t].now, at, level);
  messages_[from].readers_before_s.join(sources);
  return messages_[from].value;
}

message_id memory::place_message(thread_id t, location_id at, message_id after, std::uint64_t value, std::memory_order o) {
  auto& order = places_[at].order;
  const std::size_t position = position_of(at, after) + 1;
  const level_t below = messages_[after].level;
  const level_t level = position == order.size() ? below + spacing : message_of(below + (messages_[order[position]].level - below) / 2);
  participant& p = threads_[t];
  raise(p.now, at, level);
  message made;
  made.value = value;
  made.level = level;
  made.stamp = stamp_++;
  made.writer = t;
  const knowledge& published = releases(o) ? p.now : p.at_release;
  made.published = published.times;
  made.seen = keep(published.seen);
  made.seen_count = count_;
  levels_[made.seen + at] = std::max(levels_[made.seen + at], level);
  const auto id = static_cast<message_id>(messages_.size());
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(position), id);
  messages_.push_back(made);
  return id;
}

message_id memory::write(thread_id t, location_id at, message_id after, std::uint64_t value, std::memory_order o) {
  const message_id made = place_message(t, at, after, value, o);
  messages_[made].before_s = enter_s({t, at, after, o, false, true}, messages_[made].level);
  return made;
}

message_id memory::replace(thread_id t, location_id at, message_id from, std::uint64_t value, std::memory_order o) {
  const clock strong = threads_[t].now.times.strong;  // of this access itself, before it learns anything
  take_in(t, from, o);
  const message_id made = place_message(t, at, from, value, o);
  message& m = messages_[made];
  // The release sequence goes on: who acquires this also acquires what it replaced.
  const message& old = messages_[from];
  m.published.join(old.published);
  for (unsigned i = 0; i != old.seen_count; ++i) levels_[m.seen + i] = std::max(levels_[m.seen + i], levels_[old.seen + i]);
  messages_[from].taken = true;
  const clock learnt = threads_[t].now.times.strong;
  threads_[t].now.times.strong = strong;
  m.before_s = enter_s({t, at, from, o, true, true}, m.level);
  threads_[t].now.times.strong.join(learnt);
  return made;
}

void memory::fence(thread_id t, std::memory_order o) {
  participant& p = threads_[t];
  tick(t);
  const clock strong = p.now.times.strong;
  if (acquires(o)) {
    p.now.times.join(p.for_acquire.times);
    p.now.seen.join(p.for_acquire.seen.level.data(), count_);
  }
  clock published_strong = p.now.times.strong;
  if (o == std::memory_order::seq_cst) {
    s_event e;
    e.thread = t;
    e.index = static_cast<std::uint16_t>(s_of_[t].size() + 1);
    e.fence = true;
    add_closed(e.before, strong);
    // Everything coherence-ordered before something that happens before this fence, and the fences before that.
    for (location_id at = 0; at != count_; ++at) {
      const level_t seen = p.now.seen.level[at];
      if (seen == 0) continue;
      for (message_id m : places_[at].order) {
        const message& each = messages_[m];
        if (each.level >= seen) break;
        add_closed(e.before, each.before_s);
        if (readers_of(each.level) < seen) add_closed(e.before, each.readers_before_s);
      }
    }
    e.seen = keep(p.now.seen);
    e.seen_count = count_;
    s_of_[t].push_back(static_cast<std::uint32_t>(events_.size()));
    events_.push_back(e);
    p.now.times.fenced[t] = e.index;
    p.now.times.strong[t] = e.index;
  }
  if (releases(o)) {
    p.at_release.times = p.now.times;
    p.at_release.times.strong = published_strong;  // strongly-happens-before needs something before the fence
    std::copy_n(p.now.seen.level.begin(), count_, p.at_release.seen.level.begin());
  }
}

// S ----------------------------------------------------------------------------------------------------------------------

void memory::add_closed(clock& into, const clock& sources) const noexcept {
  into.join(sources);
  for (unsigned u = 0; u != max_threads; ++u) {
    if (sources[u] != 0) into.join(s_at(u, sources[u]).before);
  }
}

// Fences that happen before the access, those it learns of by the access itself included.
clock memory::fences_before(const wanted& w) const {
  clock fences = threads_[w.thread].now.times.fenced;
  if (w.reads && acquires(w.order)) fences.join(messages_[w.at].published.fenced);
  return fences;
}

clock memory::before_in_s(const wanted& w) const {
  clock before;
  add_closed(before, threads_[w.thread].now.times.strong);
  const level_t level = messages_[w.at].level;
  for (message_id m : places_[w.location].order) {
    const message& each = messages_[m];
    if (each.level > level) break;
    add_closed(before, each.before_s);
    if (w.writes || each.level < level) add_closed(before, each.readers_before_s);
  }
  return before;
}

// Must S place e after whatever it places before the access? Then e is coherence-ordered after it, or a fence after something that is.
// `from`: the level above which those stand.
bool memory::must_follow(const s_event& e, location_id at, level_t from) const noexcept {
  if (!e.fence) return e.location == at && e.level > from;
  return at < e.seen_count && levels_[e.seen + at] > from;
}

bool memory::fits_in_s(const wanted& w) const {
  if (events_.empty()) return true;
  const level_t from = readers_of(messages_[w.at].level);
  const bool last = messages_[w.at].level == messages_[places_[w.location].order.back()].level;
  if (last) return true;  // nothing is coherence-ordered after it
  const bool in_s = w.order == std::memory_order::seq_cst;
  const clock fences = fences_before(w);
  if (!in_s && fences == clock{}) return true;
  clock before;
  add_closed(before, fences);
  if (in_s) before.join(before_in_s(w));
  for (const s_event& e : events_) {
    if (must_follow(e, w.location, from) && before[e.thread] >= e.index) return false;
  }
  return true;
}

clock memory::enter_s(const wanted& w, level_t level) {
  const bool in_s = w.order == std::memory_order::seq_cst;
  clock sources = fences_before(w);
  if (!in_s && events_.empty()) return sources;
  clock before;
  add_closed(before, sources);
  const std::size_t old = events_.size();
  if (in_s) {
    s_event e;
    e.thread = w.thread;
    e.index = static_cast<std::uint16_t>(s_of_[w.thread].size() + 1);
    e.location = w.location;
    e.level = level;
    e.before = before_in_s(w);
    before.join(e.before);
    before[w.thread] = e.index;
    sources[w.thread] = std::max(sources[w.thread], e.index);
    s_of_[w.thread].push_back(static_cast<std::uint32_t>(old));
    events_.push_back(e);
    threads_[w.thread].now.times.strong[w.thread] = e.index;
  }
  const level_t from = readers_of(messages_[w.at].level);
  for (std::size_t i = 0; i != old; ++i) {
    const s_event target = events_[i];
    if (!must_follow(target, w.location, from)) continue;
    for (std::size_t k = 0; k != old; ++k) {
      s_event& e = events_[k];
      if (k == i || e.before[target.thread] >= target.index) e.before.join(before);
    }
  }
  return sources;
}

}  // namespace stealyard::explore
