#include "stress/explore/self_check.hpp"

#include "stress/explore/sweep.hpp"
#include "stress/model/known_scenarios.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace stealyard::explore {

namespace {

using namespace model::known;

unsigned wrong = 0;

struct throws : two {
  void thread(unsigned index) override {
    if (index == 1) throw std::runtime_error("thrown by a thread");
  }
};
struct breaks_noexcept : two {
  void thread(unsigned index) override { noexcept_call(index); }
  static void noexcept_call(unsigned index) noexcept { throwing_call(index); }
  static void throwing_call(unsigned index) {
    if (index == 1) throw std::runtime_error("never seen");
  }
};
struct allocates_for_ever : two {
  void thread(unsigned index) override {
    while (index == 0) {
      const int* last = new int[1000];
      asm volatile("" : "+r"(index) : "r"(last) : "memory");
    }
  }
};
struct gives_back_twice : two {
  void thread(unsigned index) override {
    if (index == 1) return;
    int* const p = new int(1);
    auto again = reinterpret_cast<std::uintptr_t>(p);
    asm volatile("" : "+r"(again));  // compilers know better than to let us
    delete p;
    ::operator delete(reinterpret_cast<void*>(again));
  }
};
struct unlocks_what_it_does_not_hold : two {
  W::mutex lock;
  void thread(unsigned index) override {
    if (index == 1) lock.unlock();
  }
};
// A loop that spins a while and then does something else is no livelock.
struct spins_a_while : two {
  atomic<W, int> flag{0};
  void thread(unsigned index) override {
    if (index == 1) return;
    for (int i = 0; i != 5 && flag.load(relaxed) == 0; ++i) W::pause();
  }
};
// One that looks at the clock ends when time passes: at the latest when nobody else can go on, and maybe before.
template <bool SomebodyWrites>
struct spins_until : two {
  atomic<W, int> flag{0};
  void thread(unsigned index) override {
    if (index == 1) {
      if (SomebodyWrites) flag.store(1, relaxed);
      return;
    }
    const nanoseconds_t deadline = W::now() + 3'000'000'000;
    while (flag.load(relaxed) == 0 && W::now() < deadline) W::pause();
    model::require(!SomebodyWrites || flag.load(relaxed) != 0, "time passed first");
  }
};
struct rests : two {
  atomic<W, std::uint32_t> word{0};
  void thread(unsigned index) override {
    if (index == 0) W::wait(word, 0);
  }
  bool may_rest() override { return true; }
};
struct load_buffering : two {
  atomic<W, int> x{0}, y{0};
  int seen[2] = {};
  void thread(unsigned index) override {
    seen[index] = (index == 0 ? x : y).load(relaxed);
    (index == 0 ? y : x).store(1, relaxed);
  }
  void after() override { model::require(seen[0] + seen[1] != 2, "both loads read the other thread's later store"); }
};
// A failing exchange may read an old value.
struct stale_failure : two {
  atomic<W, int> x{0}, y{0};
  void thread(unsigned index) override {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, relaxed);
    } else if (y.load(relaxed) == 1) {
      int expected = 5;
      x.compare_exchange_strong(expected, 9, relaxed, relaxed);
      model::require(expected == 1, "an old value");
    }
  }
};
struct random_is_a_choice : two {
  void thread(unsigned index) override { model::require(index == 1 || W::random(5) != 3, "3 was drawn"); }
};

template <class Suite>
void expect(const char* name, std::string_view known, std::uint64_t executions = 0) {
  machine& m = the_machine;
  const model::subject s{.threads = Suite::threads, .make = [](const void*) -> model::scenario* { return new Suite; }, .context = nullptr};
  m.bound = {};
  m.choices.clear();
  m.choices.reduced = true;
  std::uint64_t runs = 0, complete = 0;
  std::string found;
  do {
    const machine::result& r = m.run(s);
    if (is_failure(r.how)) found = describe(r);
    complete += r.how == ending::complete ? 1 : 0;
  } while (found.empty() && ++runs != 200'000 && m.choices.next());
  bool right = known.empty() ? found.empty() && runs != 200'000 : found.starts_with(known);
  if (executions != 0 && complete != executions) right = false;
  if (!right) ++wrong;
  fmt::print("{} {:34} {} ({} executions, {} runs)\n", right ? "ok    " : "WRONG ", name, found.empty() ? "nothing found" : found, complete,
             runs);
}

}  // namespace

int run_self_check() {
  wrong = 0;
  expect<model::known::message<relaxed_pass>>("message_relaxed", "DATA RACE");
  expect<model::known::message<acquire_pass>>("message_release_acquire", "", 2);
  expect<model::known::message<fenced_pass>>("message_fences", "", 2);
  expect<model::known::message<futex_pass<false>>>("futex_orders_nothing", "DATA RACE");
  expect<model::known::message<futex_pass<true>>>("futex_with_orders", "");
  expect<store_buffering<false>>("store_buffering", "ASSERTION FAILED");
  expect<store_buffering<true>>("store_buffering_fenced", "", 3);
  expect<load_buffering>("load_buffering_is_outside", "", 3);
  expect<stale_failure>("stale_failing_exchange", "ASSERTION FAILED: an old value");
  expect<sleep_on_word<false>>("lost_wake_up", "DEADLOCK");
  expect<sleep_on_word<true>>("wake_up", "");
  expect<timed_sleep>("timed_sleep", "");
  expect<clock_jumps>("clock_jumps", "ASSERTION FAILED: now() jumped");
  expect<crossed_mutexes>("crossed_mutexes", "DEADLOCK");
  expect<monitor<true>>("condition", "");
  expect<monitor<false>>("condition_not_notified", "DEADLOCK");
  expect<endless>("endless_loop", "LIVELOCK");
  expect<spins_a_while>("bounded_spin", "");
  expect<spins_until<false>>("timed_spin", "");
  expect<spins_until<true>>("timed_spin_ends_early", "ASSERTION FAILED: time passed first");
  expect<rests>("waits_for_ever_and_may", "");
  expect<every_form_of_new>("every_form_of_new", "", 1);
  expect<leak>("leak", "LEAK");
  expect<after_free>("access_after_free", "USE AFTER FREE");
  expect<gives_back_twice>("double_free", "DOUBLE FREE");
  expect<unwritten>("cell_never_written", "UNINITIALISED");
  expect<identities>("identities", "", 1);
  expect<throws>("exception", "EXCEPTION: thrown by a thread");
  expect<breaks_noexcept>("exception_through_noexcept", "EXCEPTION");
  expect<allocates_for_ever>("allocates_for_ever", "MEMORY BUDGET");
  expect<unlocks_what_it_does_not_hold>("unlock_by_a_stranger", "MISUSE");
  expect<random_is_a_choice>("random", "ASSERTION FAILED: 3 was drawn");
  return wrong == 0 ? 0 : 1;
}

}  // namespace stealyard::explore
