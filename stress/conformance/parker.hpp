// Conformance of a parker: each axiom of core/contract/parker.hpp, from the claims alone.
//   PK1, PK3, PK5  permits one after the other, deadlines past and future
//   PK2            an unpark before every single step of a park, deadlines included; races of real threads with going to sleep
//   PK4            plain payloads, one unparker and several whose permits merge
//   PK6            unpark returns while the owner never parks; whether it slept is for the checkers to say
//   claims.sleeps, claims.spins: the CPU time of a long park.
// The claim unpark = wait_free is not tested: it needs a thread that stalls inside (stress/model).
#pragma once
#include "core/contract/parker.hpp"
#include "core/world/real.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/conformance/reference/parker.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/scripted.hpp"
#include "stress/conformance/shape.hpp"

#include <gtest/gtest.h>
#include <ctime>
#include <memory>

namespace stealyard::conformance::parker_suite {

// Driven through the model alone (parker.cpp).
void permits(reference::make_parker);

inline constexpr nanoseconds_t millisecond = 1'000'000;
inline constexpr nanoseconds_t past = 0;

template <class P>
void deadlines() {
  P p;
  for (const nanoseconds_t deadline : {past, nanoseconds_t{-1}, nanoseconds_t{INT64_MIN}, real::now() - 1}) {
    const nanoseconds_t before = real::now();
    ASSERT_FALSE(p.park(deadline)) << "PK1";
    ASSERT_LT(real::now() - before, patience / 2) << "PK5: a deadline in the past did not poll";
  }
  for (const nanoseconds_t length : {nanoseconds_t{1}, nanoseconds_t{1000}, millisecond, 7 * millisecond}) {
    const nanoseconds_t deadline = real::now() + length;
    ASSERT_FALSE(p.park(deadline)) << "PK1";
    ASSERT_GE(real::now(), deadline) << "PK5: gave up before the deadline";
  }
}

// One unpark against one park that starts at about the same moment. A lost permit shows as a park that outlives patience;
// the watcher then rescues it, so that the test ends.
template <class P>
class race {
  P parker_;
  std::atomic<unsigned> started_{0}, parked_{0};  // rounds
  std::uint32_t payload_ = 0;                      // plain on purpose (PK4)

  // For a time from nothing to 2^magnitude pauses, short ones as often as long ones.
  static void spin(random_numbers& random, std::uint64_t magnitude) {
    for (std::uint64_t n = random.below(std::uint64_t{1} << random.below(magnitude)); n != 0; --n) real::pause();
  }
  void owner(unsigned rounds) {
    random_numbers random(1);
    for (unsigned r = 1; r <= rounds; ++r) {
      payload_ = 0;
      started_.store(r);
      spin(random, 7);
      const bool with_deadline = random.one_in(3);
      const bool brief = random.one_in(2);
      bool got = false;
      if (brief) got = parker_.park(real::now() + static_cast<nanoseconds_t>(random.below(60'000)));
      if (!got) got = parker_.park(with_deadline ? real::now() + patience : never);
      EXPECT_TRUE(got) << "PK2: a permit was lost; round " << r;
      EXPECT_EQ(payload_, r) << "PK4: the permit came before what was written before its unpark";
      EXPECT_FALSE(parker_.park(past)) << "PK3: one unpark made two permits; round " << r;
      parked_.store(r);
      if (a_check_failed()) {
        parked_.store(rounds);
        return;
      }
    }
  }
  void waker(unsigned rounds) {
    random_numbers random(2);
    for (unsigned r = 1; r <= rounds; ++r) {
      patient_loop wait;
      while (started_.load() < r && parked_.load() < rounds && wait.turn()) {
      }
      if (started_.load() < r) return;
      if (random.one_in(3)) {  // about when the owner's deadline fires, which timers round up by 50 us
        const nanoseconds_t until = real::now() + static_cast<nanoseconds_t>(random.below(160'000));
        while (real::now() < until) real::pause();
      } else {
        spin(random, 8);
      }
      payload_ = r;
      parker_.unpark();
      for (patient_loop ack; parked_.load() < r;) {
        if (ack.turn()) continue;
        ADD_FAILURE() << "PK2: the owner sleeps on beside a permit; round " << r;
        return rescue(r);
      }
    }
  }
  void rescue(unsigned round) {
    for (patient_loop wait; parked_.load() < round;) {
      if (!wait.turn()) give_up("the parked thread cannot be woken by any number of unparks");
      parker_.unpark();
    }
  }

 public:
  void run(unsigned rounds) {
    together(2, [&](unsigned i) { i == 0 ? owner(rounds) : waker(rounds); });
  }
};

template <class P>
void no_lost_wake_up() {
  for (time_box box(300); box.more();) {
    const auto r = std::make_unique<race<P>>();
    r->run(200);
    if (a_check_failed()) return;
  }
}

// An unpark before each single step of a park, and before each step after its deadline fired.
template <class P>
void interrupted() {
  for (const bool deadline_first : {false, true}) {
    for (unsigned k = 1; k != scripted_steps; ++k) {
      P p;
      script::interrupt(k, [&] { p.unpark(); }, deadline_first);
      const bool got = p.park(millisecond);
      const bool unparked = script::finish();
      if (!unparked) {
        ASSERT_FALSE(got) << "PK1: a park without an unpark took a permit";
        continue;
      }
      ASSERT_TRUE(got || deadline_first) << "PK2: an unpark before step " << k << " of the park was lost";
      ASSERT_TRUE(deadline_first || !script::slept_out) << "PK2: an unpark before step " << k << " of the park did not end its sleep";
      ASSERT_EQ(p.park(past), !got) << "PK2, PK3: permits left by an unpark before step " << k
                                    << (deadline_first ? " after the deadline" : "");
    }
  }
}

// Several unparkers whose permits merge: the park that takes the permit sees what each of them wrote.
template <class P>
void merged_permits() {
  constexpr unsigned wakers = 3;
  for (time_box box; box.more();) {
    P parker;
    std::uint32_t payload[wakers] = {};  // plain on purpose
    std::atomic<unsigned> unparked{0};
    together(wakers + 1, [&](unsigned i) {
      if (i != 0) {
        payload[i - 1] = 77;
        parker.unpark();
        unparked.fetch_add(1, std::memory_order_relaxed);  // relaxed on purpose: only the permit orders
        return;
      }
      for (patient_loop wait; unparked.load(std::memory_order_relaxed) != wakers && wait.turn();) {
      }
      EXPECT_TRUE(parker.park(past)) << "PK2: three unparks returned, and a park that starts later finds no permit";
      for (const std::uint32_t seen : payload) EXPECT_EQ(seen, 77u) << "PK4: a merged permit hides what its unparker wrote";
      EXPECT_FALSE(parker.park(past)) << "PK3: three unparks made more than one permit";
    });
    if (a_check_failed()) return;
  }
}

// Two workers wake each other in turn: each sleep is ended by the other's unpark only.
template <class P>
void ping_pong() {
  P parkers[2];
  std::atomic<unsigned> turn{0};
  constexpr unsigned turns = 2000;
  together(2, [&](unsigned me) {
    for (;;) {
      const unsigned now = turn.load(std::memory_order_relaxed);
      if (now >= turns) return parkers[1 - me].unpark();
      if (now % 2 != me) {
        if (!parkers[me].park(real::now() + patience)) {
          ADD_FAILURE() << "PK2: the wake-up of turn " << now << " was lost";
          turn.store(turns);
        }
        continue;
      }
      turn.store(now + 1, std::memory_order_relaxed);
      parkers[1 - me].unpark();
    }
  });
}

template <class P>
void unpark_returns() {
  P p;
  const nanoseconds_t before = real::now();
  for (unsigned i = 0; i != 100'000; ++i) p.unpark();
  ASSERT_LT(real::now() - before, patience) << "PK6: 100,000 unparks of an owner that never parks";
  ASSERT_TRUE(p.park(past));
  ASSERT_FALSE(p.park(past)) << "PK3";
}

inline nanoseconds_t cpu_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * nanoseconds_t{1'000'000'000} + t.tv_nsec;
}

template <class P>
void cpu_claims() {
  P p;
  const nanoseconds_t used_before = cpu_time();
  const nanoseconds_t length = 80 * millisecond;
  ASSERT_FALSE(p.park(real::now() + length));
  const nanoseconds_t used = cpu_time() - used_before;
  ASSERT_TRUE(!P::claims.sleeps || used < length / 2) << "claims that it sleeps, but a park of 80 ms used " << used << " ns of CPU";
  ASSERT_TRUE(P::claims.spins || used < 5 * millisecond)
      << "claims that it does not spin, but a park of 80 ms used " << used << " ns of CPU";
}

template <template <class> class V>
void add(const char* name) {
  using parker = V<real>;
  if constexpr (shape::parker<parker>()) {
    static const suite s("parker", name);
    s.test("PK1_PK2_PK3_permits", [] { permits(reference::parker_of<parker>); });
    s.test("PK1_PK5_deadlines", [] { deadlines<parker>(); });
    s.test("PK2_PK3_PK4_no_lost_wake_up", [] { no_lost_wake_up<parker>(); });
    s.test("PK2_PK3_PK4_no_lost_wake_up_perturbed", [] { no_lost_wake_up<V<native_perturbed>>(); });
    s.test("PK1_PK2_PK3_unpark_at_every_step", [] { interrupted<V<scripted>>(); });
    s.test("PK2_ping_pong", [] { ping_pong<parker>(); });
    s.test("PK3_PK4_merged_permits", [] { merged_permits<parker>(); });
    s.test("PK6_unpark_returns", [] { unpark_returns<parker>(); });
    s.test("claims_cpu_of_a_park", [] { cpu_claims<parker>(); });
  }
}

}  // namespace stealyard::conformance::parker_suite
