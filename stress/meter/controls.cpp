#include "stress/meter/controls.hpp"

#include "stress/meter/channel_buffer.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/idle.hpp"
#include "stress/meter/meter.hpp"
#include "stress/meter/parker.hpp"
#include "stress/meter/parts.hpp"
#include "stress/meter/run_queue.hpp"

#include <cstdio>

namespace stealyard::meter {

namespace {

// A counter behind a lock that everybody spins on.
class spin_lock final : public subject {
  gated_atomic<int> held_;
  int count_ = 0;

 public:
  bool call(unsigned) override {
    while (held_.exchange(1, acquire) != 0) gated::pause();
    ++count_;
    held_.store(0, release);
    return true;
  }
};

// A compare-exchange loop: somebody always wins, no one in particular.
class retry final : public subject {
  gated_atomic<int> count_;

 public:
  bool call(unsigned) override {
    int seen = count_.load(relaxed);
    while (!count_.compare_exchange_weak(seen, seen + 1, acq_rel, relaxed)) continue;
    return true;
  }
};

class one_step final : public subject {
  gated_atomic<int> count_;

 public:
  bool call(unsigned) override { return count_.fetch_add(1, acq_rel), true; }
};

// Whoever takes waits until somebody puts.
class until_there_is_one final : public subject {
  gated_atomic<int> count_;

 public:
  bool call(unsigned operation) override {
    if (operation == 0) return count_.fetch_add(1, acq_rel), true;
    while (count_.load(acquire) == 0) gated::pause();
    return count_.fetch_sub(1, acq_rel), true;
  }
};

// Each announces himself, and begins anew if another announced himself since: alone one finishes, two in step never do.
class after_you final : public subject {
  gated_atomic<unsigned> polite_;

 public:
  bool call(unsigned) override {
    const unsigned me = gated::self() + 1;
    do {
      polite_.store(me, seq_cst);
    } while (polite_.load(seq_cst) != me);
    return true;
  }
};

template <class S>
entry control(const char* name, progress claim) {
  return {
      "control", name, "", {{"push", claim}, {"pop", claim}}, states_of_a_queue(), {}, [](std::size_t) { return std::make_unique<S>(); }};
}

bool expect(const entry& e, bool exact, const char* mention) {
  std::string report;
  const bool judged = judge(e, measure(e), report);
  if (judged == exact && report.find(mention) != report.npos) return true;
  std::printf("FAILED meter.control.%s: %s, and no '%s' in\n%s", e.name.c_str(), judged ? "its claims pass" : "its claims fail", mention,
              report.c_str());
  return false;
}

}  // namespace

bool check_controls() {
  bool fine = expect(control<spin_lock>("spin_lock", progress::blocking), true, "push stopped between");
  fine &= expect(control<spin_lock>("spin_lock", progress::obstruction_free), false, "push stopped between");
  fine &= expect(control<retry>("retry", progress::lock_free), true, "finishes wherever");
  fine &= expect(control<retry>("retry", progress::wait_free), false, "need not finish");
  fine &= expect(control<retry>("retry", progress::blocking), false, "claim more");
  fine &= expect(control<one_step>("one_step", progress::wait_free), true, "in 1 steps at most");
  fine &= expect(control<after_you>("after_you", progress::obstruction_free), true, "finishes wherever");
  fine &= expect(control<after_you>("after_you", progress::lock_free), false, "nobody finishes");
  fine &= expect(control<until_there_is_one>("until_there_is_one", progress::blocking), false, "never ends");
  // Of every kind's suite.
  using enum progress;
  using namespace parts;
  fine &= expect(parker_suite::measured<permit<wait_free>>("permit"), true, "in 1 steps at most");
  fine &= expect(parker_suite::measured<permit<blocking>>("modest_permit"), false, "claim more");
  fine &= expect(parker_suite::measured<locked_permit>("locked_permit"), false, "park stopped between W::mutex lock");
  fine &= expect(parker_suite::measured<stirred_permit>("stirred_permit"), false, "with a whole park between");
  fine &= expect(parker_suite::measured<deaf_parker>("deaf_parker"), false, "park claims nothing: FAILED, nobody finishes");
  fine &= expect(idle_suite::measured<roll_call<lock_free, blocking>>("roll_call"), true, "finishes wherever");
  fine &= expect(idle_suite::measured<roll_call<wait_free, blocking>>("boastful_roll_call"), false, "with a whole begin_search");
  fine &= expect(idle_suite::measured<roll_call<lock_free, lock_free>>("proud_roll_call"), false, "sleep stopped between W::mutex");
  fine &= expect(channel_buffer_suite::measured<slow_to_close>("slow_to_close"), false, "close stopped between");
  fine &= expect(channel_buffer_suite::measured<slow_to_close>("slow_to_close"), false, ", after a whole close");
  fine &= expect(channel_buffer_suite::measured<never_full>("never_full"), false, "never ends, though nobody else is there");
  fine &= expect(run_queue_suite::measured<locked_batches>("locked_batches"), false, "steal of a batch stopped between");
  std::printf("controls: %s\n", fine ? "as expected" : "FAILED");
  return fine;
}

}  // namespace stealyard::meter
