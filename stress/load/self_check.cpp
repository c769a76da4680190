#include "stress/load/self_check.hpp"

#include "stress/load/round.hpp"

#include <chrono>
#include <cstdio>
#include <deque>
#include <random>

namespace stealyard::load {

namespace {

// The oracle: a deque with nothing clever about it, and every order that real time permits.
struct slow_object {
  std::deque<std::uint32_t> items;
  std::size_t capacity;
  bool lifo_pop;
  bool closed = false;

  bool step(const operation& o) {
    switch (o.result) {
      case outcome::full:
        return !closed && items.size() == capacity;
      case outcome::empty:
        return !closed && items.empty();
      case outcome::closed:
        return closed && (o.what != verb::pop || items.empty());
      default:
        break;
    }
    if (o.what == verb::close) return !std::exchange(closed, true);
    if (o.what == verb::push) {
      if (closed || items.size() == capacity) return false;
      items.push_back(o.value);
      return true;
    }
    if (items.empty()) return false;
    const bool back = lifo_pop && o.what == verb::pop;
    if ((back ? items.back() : items.front()) != o.value) return false;
    back ? items.pop_back() : items.pop_front();
    return true;
  }
};

bool every_order(const std::vector<operation>& all, unsigned done, const slow_object& now) {
  if (done == (1u << all.size()) - 1) return true;
  for (unsigned i = 0; i != all.size(); ++i) {
    if ((done >> i & 1) != 0) continue;
    bool first = true;
    for (unsigned j = 0; j != all.size(); ++j) first &= (done >> j & 1) != 0 || all[j].returned >= all[i].called;
    slow_object next = now;
    if (first && next.step(all[i]) && every_order(all, done | 1u << i, next)) return true;
  }
  return false;
}
bool every_order(const history& h, const slow_object& initial) {
  std::vector<operation> all;
  for (const auto& thread : h) all.insert(all.end(), thread.begin(), thread.end());
  return every_order(all, 0, initial);
}

struct made {
  history h;
  slow_object initial, last;
};

// Threads step through a right object in random order; each call began some time before its step and returns some time later.
made make(std::mt19937_64& random, std::size_t operations, std::size_t threads, bool queue) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  made m{history(threads), {{}, queue ? 1 + below(3) : ~std::size_t{0}, !queue}, {}};
  m.last = m.initial;
  slow_object& object = m.last;
  std::uint32_t value = 0;
  nanoseconds_t now = 100;
  std::vector<nanoseconds_t> last(threads, 0);
  for (std::size_t n = 0; n != operations; ++n) {
    const std::size_t t = below(threads);
    now += 1 + static_cast<nanoseconds_t>(below(10));
    operation o;
    o.called = std::max(last[t], now - static_cast<nanoseconds_t>(below(12)));
    now = std::max(now, o.called);  // the step
    o.returned = now + static_cast<nanoseconds_t>(below(12));
    last[t] = o.returned + 1;
    o.what = below(2) == 0 && (queue || t == 0) ? verb::push : (queue || t == 0) ? verb::pop : verb::steal;
    if (queue && below(20) == 0) o.what = verb::close;
    if (o.what == verb::close) {
      o.result = object.closed ? outcome::closed : outcome::ok;
    } else if (o.what == verb::push) {
      o.result = object.closed ? outcome::closed : object.items.size() == object.capacity ? outcome::full : outcome::ok;
      if (o.result == outcome::ok) o.value = ++value;
    } else if (object.items.empty()) {
      o.result = object.closed ? outcome::closed : outcome::empty;
    } else {
      o.value = object.lifo_pop && o.what == verb::pop ? object.items.back() : object.items.front();
    }
    object.step(o);
    m.h[t].push_back(o);
  }
  return m;
}

// Takes out what is left, when all have returned.
void drain(made& m) {
  nanoseconds_t now = 0;
  for (const auto& thread : m.h) now = std::max(now, thread.empty() ? 0 : thread.back().returned);
  for (const std::uint32_t value : m.last.items) {
    now += 2;
    m.h[1].push_back({.called = now, .returned = now + 1, .value = value, .what = verb::steal});
  }
}

// One thing that an object could get wrong.
void corrupt(history& h, std::mt19937_64& random) {
  std::vector<operation*> takes, others;
  for (auto& thread : h) {
    for (operation& o : thread) {
      if (o.what == verb::close) continue;
      (o.what != verb::push && o.result == outcome::ok ? takes : others).push_back(&o);
    }
  }
  if (random() % 3 == 0 && !others.empty()) {
    operation& o = *others[random() % others.size()];
    if (o.what != verb::push) o.result = o.result == outcome::empty ? outcome::closed : outcome::empty;
  } else if (random() % 2 == 0 && !takes.empty()) {
    operation& o = *takes[random() % takes.size()];
    o.result = outcome::empty;
    o.value = 0;
  } else if (takes.size() > 1) {
    std::swap(takes[0]->value, takes[1 + random() % (takes.size() - 1)]->value);
  }
}

template <class Object>
bool agree(const made& m, const Object& initial, std::size_t& wrong_histories) {
  const bool right = every_order(m.h, m.initial);
  const linearization got = linearize(m.h, initial, 1'000'000);
  bool fine = got.is == (right ? answer::linearizable : answer::refuted);
  if (look(m.h, false, Object::fifo).is == answer::refuted) fine &= !right;
  if (!right) {
    ++wrong_histories;
    const history small = shrink(m.h, initial);
    fine &= !every_order(small, m.initial);
    const droppable parts(small, !has_full(small));
    for (std::size_t i = 0; i != parts.count(); ++i) fine &= every_order(parts.without(i, i + 1), m.initial);
  }
  if (!fine)
    std::printf("FAILED load.self_check: %s\n%s", right ? "a right history is called wrong" : "a wrong history", to_table(m.h).c_str());
  return fine;
}

constexpr run_queue_claims deque_claims{};
constexpr channel_buffer_claims queue_claims{};

}  // namespace

bool self_check(std::uint64_t seed, std::size_t histories, std::size_t large) {
  std::mt19937_64 random(seed);
  std::size_t wrong_histories = 0;
  bool fine = true;
  for (std::size_t n = 0; n != histories && fine; ++n) {
    const bool queue = n % 2 == 0;
    made m = make(random, 3 + random() % 6, 2 + random() % 3, queue);
    if (random() % 2 == 0) corrupt(m.h, random);
    fine = queue ? agree(m, sequential_channel_buffer(queue_claims, m.initial.capacity), wrong_histories)
                 : agree(m, sequential_run_queue(deque_claims, 0), wrong_histories);
  }
  std::printf("%zu small histories, %zu of them wrong: %s\n", histories, wrong_histories, fine ? "agreed on all" : "FAILED");
  for (const bool queue : {true, false}) {
    made m = make(random, large, 4, queue);
    drain(m);
    const auto start = std::chrono::steady_clock::now();
    const finding f = queue ? check_channel_buffer(m.h, queue_claims, m.initial.capacity) : check_run_queue(m.h, deque_claims, 0);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool right = f.is == answer::linearizable;
    std::printf("%zu operations of a %s: %s, %llu steps, %.2f s\n", large, queue ? "queue" : "deque", right ? "right" : f.what.c_str(),
                static_cast<unsigned long long>(f.steps), seconds);
    fine &= right;
  }
  return fine;
}

}  // namespace stealyard::load
