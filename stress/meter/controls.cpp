#include "stress/meter/controls.hpp"

#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

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
  return {"control", name, "", {{"push", claim, 0}, {"pop", claim, 0}}, [](std::size_t) { return std::make_unique<S>(); }};
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
  std::printf("controls: %s\n", fine ? "as expected" : "FAILED");
  return fine;
}

}  // namespace stealyard::meter
