// linearize: is there an order of the operations, respecting real time, in which a sequential object gives these results?
//
// Source: Wing and Gong, "Testing and verifying concurrent objects", JPDC 17, 1993; Lowe, "Testing for linearizability", CCPE 29(4), 2017:
// the memo of configurations, and taking operations just in time, the one that returns first first. Each thread's operations are in
// order, so a configuration is a number for each thread and the object's state; steps are taken back, not copied.
// Three things keep real histories near one step an operation, and lose no linearization:
//   an operation that changes nothing and is legal now is taken at once: taken later it could only be harder;
//   of two overlapping pushes into a FIFO queue that were taken one strictly after the other, the first one taken is pushed first;
//   among the rest, pushes are tried in the order in which their values were taken.
#pragma once
#include "stress/load/history.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <unordered_set>

namespace stealyard::load {

// splitmix64's finish: small numbers become keys without a pattern, so that sums of them hardly ever meet.
constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

inline constexpr std::size_t most_threads = 16;

enum class answer : std::uint8_t { linearizable, refuted, undecided };  // undecided: the budget of steps was spent

struct linearization {
  answer is = answer::linearizable;
  std::uint64_t steps = 0;
  std::vector<std::uint32_t> deepest;  // how many operations of each thread the longest attempt took
};

template <class Object>
class linearizer {
  using configuration = std::array<std::uint32_t, most_threads>;
  struct interval {
    nanoseconds_t called = std::numeric_limits<nanoseconds_t>::max();
    nanoseconds_t returned = std::numeric_limits<nanoseconds_t>::max();
  };
  struct choice {
    std::array<std::uint8_t, most_threads> thread;
    std::uint8_t count = 0;
    std::uint8_t tried = 0;
  };

  const history& history_;
  Object object_;
  std::uint64_t budget_;
  configuration taken_{};
  std::size_t depth_ = 0, deepest_ = 0;
  std::vector<interval> take_of_;   // of each value; never taken: at the end of time
  std::vector<choice> path_;
  std::unordered_set<std::uint64_t> dead_;  // configurations that lead nowhere
  linearization result_;

  const operation* next(std::size_t thread) const noexcept {
    return taken_[thread] == history_[thread].size() ? nullptr : &history_[thread][taken_[thread]];
  }

  // 64 bits stand for a configuration. Only dead ends are kept, so a collision takes two of them; over a million dead ends that is one
  // chance in 2^24 to refute wrongly, and the report shows the operations for anyone to check.
  std::uint64_t configuration_key() const noexcept {
    std::uint64_t key = object_.key();
    for (std::size_t t = 0; t != history_.size(); ++t) key = mixed(key + 0x9e3779b97f4a7c15u * (taken_[t] + 1u));
    return key;
  }

  bool must_wait_for(const operation& push, const operation& other) const noexcept {
    return other.what == verb::push && other.result == outcome::ok && take_of_[other.value].returned < take_of_[push.value].called;
  }

  choice candidates() {
    choice c;
    nanoseconds_t first_return = std::numeric_limits<nanoseconds_t>::max();
    for (std::size_t t = 0; t != history_.size(); ++t) {
      if (const operation* o = next(t)) first_return = std::min(first_return, o->returned);
    }
    for (std::size_t t = 0; t != history_.size(); ++t) {
      const operation* o = next(t);
      if (o == nullptr || o->called > first_return) continue;
      if (Object::observes(*o) && object_.step(*o)) {
        object_.undo(*o);
        c.thread[0] = static_cast<std::uint8_t>(t);
        c.count = 1;
        return c;
      }
      c.thread[c.count++] = static_cast<std::uint8_t>(t);
    }
    std::sort(c.thread.begin(), c.thread.begin() + c.count,
              [&](std::uint8_t a, std::uint8_t b) { return next(a)->returned < next(b)->returned; });
    if constexpr (Object::fifo) order_pushes(c);
    return c;
  }

  void order_pushes(choice& c) const {
    const auto is_push = [&](std::uint8_t t) { return next(t)->what == verb::push && next(t)->result == outcome::ok; };
    std::array<std::uint8_t, most_threads> pushes{};
    std::size_t count = 0;
    for (std::size_t i = 0; i != c.count; ++i) {
      if (is_push(c.thread[i])) pushes[count++] = c.thread[i];
    }
    if (count < 2) return;
    std::sort(pushes.begin(), pushes.begin() + count,
              [&](std::uint8_t a, std::uint8_t b) { return take_of_[next(a)->value].returned < take_of_[next(b)->value].returned; });
    std::size_t kept = 0, push = 0;
    for (std::size_t i = 0; i != c.count; ++i) {
      const std::uint8_t t = is_push(c.thread[i]) ? pushes[push++] : c.thread[i];
      bool waits = false;
      for (std::size_t k = 0; is_push(t) && k != count; ++k) waits |= pushes[k] != t && must_wait_for(*next(t), *next(pushes[k]));
      if (!waits) c.thread[kept++] = t;
    }
    c.count = static_cast<std::uint8_t>(kept);
  }

  void go_deeper() {
    path_.push_back(candidates());
    if (depth_ <= deepest_ && depth_ != 0) return;
    deepest_ = depth_;
    result_.deepest.assign(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(history_.size()));
  }

 public:
  linearizer(const history& h, const Object& initial, std::uint64_t budget) : history_(h), object_(initial), budget_(budget) {
    std::uint32_t values = 0;
    for (const auto& thread : h) {
      for (const operation& o : thread) values = std::max(values, o.value);
    }
    take_of_.resize(values + 1);
    for (const auto& thread : h) {
      for (const operation& o : thread) {
        if (o.what != verb::push && o.result == outcome::ok) take_of_[o.value] = {o.called, o.returned};
      }
    }
  }

  linearization run() {
    const std::size_t all = size(history_);
    path_.reserve(all + 1);
    go_deeper();
    while (depth_ != all) {
      choice& here = path_.back();
      if (here.tried == here.count) {
        if (depth_ == 0) return result_.is = answer::refuted, result_;
        dead_.insert(configuration_key());
        path_.pop_back();
        const std::size_t t = path_.back().thread[path_.back().tried - 1u];
        --taken_[t];
        --depth_;
        object_.undo(history_[t][taken_[t]]);
        continue;
      }
      if (++result_.steps > budget_) return result_.is = answer::undecided, result_;
      const std::size_t t = here.thread[here.tried++];
      if (!object_.step(history_[t][taken_[t]])) continue;
      ++taken_[t];
      if (dead_.empty() || !dead_.contains(configuration_key())) {
        ++depth_;
        go_deeper();
      } else {
        --taken_[t];
        object_.undo(history_[t][taken_[t]]);
      }
    }
    result_.is = answer::linearizable;
    return result_;
  }
};

// `budget`: steps tried before giving up; a linearizable history of real threads takes one to three an operation.
template <class Object>
linearization linearize(const history& h, const Object& initial, std::uint64_t budget) {
  return linearizer<Object>(h, initial, budget).run();
}

}  // namespace stealyard::load
