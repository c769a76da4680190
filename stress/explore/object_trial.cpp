#include "stress/explore/object_trial.hpp"

#include "stress/explore/machine.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

namespace stealyard::explore {

namespace {

// One letter an operation, of one lock, one condition and two words:
//   l lock, load x, store x, unlock   t try_lock; if it got it, unlock   c wait on the condition, under the lock   n notify_one
//   x load x   X store x   y load y   Y store y   w sleep on x while it is 0   k wake one of x   d the same, with a deadline
constexpr std::string_view letters = "lltcnxXyYwkd";
using words = std::vector<std::string>;

// What the run at hand has seen: by each thread, and who held the lock. Outside of the scenario, which is dropped where a run ends early.
std::array<std::vector<std::uint64_t>, max_threads> seen;
std::vector<std::uint64_t> holders;
// All of it, and the modification orders: everything that tells an execution from others.
std::vector<std::uint64_t> seen_now;

class object_run final : public model::scenario {
  const words& program_;
  location_id x_, y_;
  object_id lock_, condition_;

  void keep(unsigned t, std::uint64_t what) {
    const outside_the_model unseen;
    seen[t].push_back(what);
  }
  static std::uint64_t origin(message_id m) noexcept {
    const message& from = the_machine.cells[m];
    return from.writer * 64u + from.cause[from.writer];
  }
  void load(unsigned t, location_id at) { keep(t, origin(the_machine.load(at, std::memory_order::relaxed, where::current()).from)); }
  void store(location_id at) { the_machine.store(at, 1, std::memory_order::relaxed, where::current()); }
  void holds(unsigned t) {
    const outside_the_model unseen;
    holders.push_back(t);
  }
  void step(unsigned t, char letter) {
    machine& m = the_machine;
    const where here = where::current();
    switch (letter) {
      case 'l':
        m.lock(lock_, here);
        holds(t);
        load(t, x_);
        store(x_);
        return m.unlock(lock_, here);
      case 't':
        if (const bool got = m.try_lock(lock_, here); keep(t, got ? 1 : 0), got) {
          holds(t);
          m.unlock(lock_, here);
        }
        return;
      case 'c':
        m.lock(lock_, here);
        holds(t);
        keep(t, static_cast<std::uint64_t>(m.wait_on(condition_, lock_, INT64_MAX, here)));
        holds(t);
        return m.unlock(lock_, here);
      case 'n':
        return m.notify(condition_, 1, here);
      case 'x':
        return load(t, x_);
      case 'X':
        return store(x_);
      case 'y':
        return load(t, y_);
      case 'Y':
        return store(y_);
      case 'w':
        return keep(t, static_cast<std::uint64_t>(m.wait(x_, 0, INT64_MAX, here)));
      case 'd':
        return keep(t, static_cast<std::uint64_t>(m.wait(x_, 0, 2'000'000, here)));
      default:
        return m.wake(x_, 1, here);
    }
  }

 public:
  explicit object_run(const words& p)
      : program_(p),
        x_(the_machine.make(0, where::current())),
        y_(the_machine.make(0, where::current())),
        lock_(the_machine.make_object()),
        condition_(the_machine.make_object()) {
    const outside_the_model unseen;
    for (auto& one : seen) one.clear();
    holders.clear();
  }
  void thread(unsigned t) override {
    for (const char letter : program_[t]) step(t, letter);
    keep(t, 99);
  }
  // Also of a run in which some wait for ever: that is an execution as well.
  void tell() {
    const outside_the_model unseen;
    seen_now.clear();
    for (const auto& one : seen) {
      seen_now.insert(seen_now.end(), one.begin(), one.end());
      seen_now.push_back(100);
    }
    seen_now.insert(seen_now.end(), holders.begin(), holders.end());
    for (const location_id at : {x_, y_}) {
      seen_now.push_back(101);
      for (const message_id m : the_machine.cells.order_of(at)) seen_now.push_back(origin(m));
    }
  }
  bool may_rest() override { return tell(), true; }
  void after() override { tell(); }
};

model::scenario* make(const void* p) { return new object_run(*static_cast<const words*>(p)); }

struct found_executions {
  std::set<std::vector<std::uint64_t>> all;
  std::size_t runs = 0, cut = 0;
  bool complete = true;
};

found_executions search_all(const words& p, bool reduced, std::size_t most) {
  machine& m = the_machine;
  const model::subject s{.threads = static_cast<unsigned>(p.size()), .make = &make, .context = &p};
  found_executions found;
  m.bound = {};
  m.choices.clear();
  m.choices.reduced = reduced;
  do {
    if (found.runs++ == most) {
      found.complete = false;
      break;
    }
    const machine::result& r = m.run(s);
    if (r.how == ending::cut) {
      ++found.cut;
    } else if (is_failure(r.how)) {
      found.all.insert({1000 + static_cast<std::uint64_t>(r.how)});
    } else {
      found.all.insert(seen_now);
    }
  } while (m.choices.next());
  m.choices.reduced = true;
  return found;
}

class dice {
  std::uint64_t state_;

 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}
  unsigned below(unsigned n) noexcept {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>((state_ >> 33) % n);
  }
};

words draw(dice& d, unsigned operations) {
  words p(2 + d.below(2));
  for (std::string& w : p) w.push_back(letters[d.below(letters.size())]);
  for (auto more = operations - static_cast<unsigned>(p.size()); more != 0; --more) {
    if (d.below(4) != 0) p[d.below(static_cast<unsigned>(p.size()))].push_back(letters[d.below(letters.size())]);
  }
  return p;
}

}  // namespace

std::size_t try_objects(const object_trial_options& o) {
  dice d(o.seed);
  std::size_t lost = 0, too_large = 0, full_runs = 0, reduced_runs = 0, cut = 0, distinct = 0;
  for (std::size_t i = 0; i != o.programs; ++i) {
    const words p = draw(d, o.operations);
    const found_executions full = search_all(p, false, o.most_full);
    full_runs += full.runs;
    if (!full.complete) {
      ++too_large;
      continue;
    }
    const found_executions ours = search_all(p, true, SIZE_MAX);
    reduced_runs += ours.runs;
    cut += ours.cut;
    distinct += ours.all.size();
    if (ours.all == full.all) continue;
    if (++lost <= 5) {
      std::string text;
      for (const std::string& w : p) text += "/" + w;
      fmt::print("the reduction loses something of {}: {} of {} executions\n", text.substr(1), ours.all.size(), full.all.size());
    }
  }
  fmt::print(
      "objects: {} programs of locks, sleepers and wakers, of at most {} operations (seed {}): {} lose something, {} too large to "
      "compare\n",
      o.programs, o.operations, o.seed, lost, too_large);
  fmt::print("  executions: {} in full; {} by source sets, {} of them cut short; {} distinct\n", full_runs, reduced_runs, cut, distinct);
  return lost;
}

}  // namespace stealyard::explore
