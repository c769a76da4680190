#include "stress/model/self_check.hpp"

#include "stress/model/run_model.hpp"
#include "stress/world/relacy.hpp"

#include <cstdio>

namespace stealyard::model {

namespace {

using W = relacy;

struct two : scenario {
  static constexpr unsigned threads = 2;
};

// Thread 0 passes `payload` to thread 1 by a flag; how, is the parameter.
template <class Pass>
struct message : two {
  atomic<W, std::uint32_t> flag{0};
  plain<W, int> payload;
  void thread(unsigned index) override {
    if (index == 0) {
      payload.put(1);
      Pass::tell(flag);
    } else if (Pass::hear(flag)) {
      require(payload.peek() == 1, "an old payload");
    }
  }
};
struct relaxed_pass {
  static void tell(atomic<W, std::uint32_t>& f) { f.store(1, relaxed); }
  static bool hear(atomic<W, std::uint32_t>& f) { return f.load(relaxed) == 1; }
};
struct acquire_pass {
  static void tell(atomic<W, std::uint32_t>& f) { f.store(1, release); }
  static bool hear(atomic<W, std::uint32_t>& f) { return f.load(acquire) == 1; }
};
struct fenced_pass {
  static void tell(atomic<W, std::uint32_t>& f) { W::fence(release), f.fetch_or(1, relaxed); }
  static bool hear(atomic<W, std::uint32_t>& f) { return f.load(relaxed) == 1 && (W::fence(acquire), true); }
};
// A futex orders nothing: a world whose wake did would hide missing orders in every parker.
template <bool Ordered>
struct futex_pass {
  static void tell(atomic<W, std::uint32_t>& f) {
    if (Ordered) {
      f.store(1, release);
    } else {
      f.store(1, relaxed);
    }
    W::wake(f, 1);
  }
  static bool hear(atomic<W, std::uint32_t>& f) {
    for (;;) {
      if (Ordered ? f.load(acquire) == 1 : f.load(relaxed) == 1) return true;
      W::wait(f, 0);
    }
  }
};

template <bool Fenced>
struct store_buffering : two {
  atomic<W, int> x{0}, y{0};
  int seen[2] = {1, 1};
  void thread(unsigned index) override {
    atomic<W, int>& mine = index == 0 ? x : y;
    atomic<W, int>& other = index == 0 ? y : x;
    mine.store(1, relaxed);
    if (Fenced) index == 0 ? W::light_fence() : W::heavy_fence();
    seen[index] = other.load(relaxed);
  }
  void after() override { require(seen[0] + seen[1] != 0, "both stores were buffered"); }
};

template <bool Wakes>
struct sleep_on_word : two {
  atomic<W, std::uint32_t> word{0};
  void thread(unsigned index) override {
    if (index == 1) {
      while (word.load(acquire) == 0) W::wait(word, 0);
      return;
    }
    word.store(1, release);
    if (Wakes) W::wake(word, 1);
  }
};

struct timed_sleep : two {
  atomic<W, std::uint32_t> word{0};
  void thread(unsigned index) override {
    if (index == 0) return;
    const nanoseconds_t deadline = W::now() + 1000;
    while (W::wait_until(word, 0, deadline)) {
    }
    require(W::now() >= deadline, "a deadline that had not passed");
  }
};

struct clock_jumps : two {
  void thread(unsigned) override {
    const nanoseconds_t before = W::now();
    require(W::now() - before < 1'000'000, "now() jumped");
  }
};

struct crossed_mutexes : two {
  W::mutex a, b;
  void thread(unsigned index) override {
    std::lock_guard first(index == 0 ? a : b);
    std::lock_guard second(index == 0 ? b : a);
  }
};

template <bool Notifies>
struct monitor : two {
  W::mutex lock;
  W::condition changed;
  plain<W, bool> ready;
  monitor() { ready.put(false); }
  void thread(unsigned index) override {
    std::lock_guard held(lock);
    if (index == 0) {
      ready.poke() = true;
      if (Notifies) changed.notify_one();
    } else {
      while (!ready.peek()) changed.wait(lock);
    }
  }
};

struct endless : two {
  atomic<W, int> never_set{0};
  void thread(unsigned index) override {
    while (index == 0 && never_set.load(relaxed) == 0) W::pause();
  }
};

struct alignas(256) wide {
  atomic<W, int> value{7};
};
struct every_form_of_new : two {
  void thread(unsigned) override {
    const auto aligned = std::make_unique<wide>();
    const auto array = std::make_unique<wide[]>(3);
    const auto small = std::make_unique<std::uint64_t[]>(5);
    require(reinterpret_cast<std::uintptr_t>(aligned.get()) % 256 == 0, "not aligned");
    require(aligned->value.load(relaxed) + array[2].value.load(relaxed) == 14, "not initialised");
    small[4] = 1;
  }
};
struct leak : two {
  void thread(unsigned index) override {
    if (index == 0) new wide;
  }
};
struct after_free : two {
  atomic<W, atomic<W, int>*> at{new atomic<W, int>(1)};
  void thread(unsigned index) override {
    if (index == 0) {
      delete at.exchange(nullptr, acq_rel);
    } else if (atomic<W, int>* p = at.load(acquire); p != nullptr) {
      p->load(relaxed);
    }
  }
};
struct unwritten : two {
  plain<W, int> cell;
  void thread(unsigned index) override {
    if (index == 0) cell.peek();
  }
};
struct identities : two {
  per_participant<W, int> count;
  void thread(unsigned index) override {
    W::set_self(index + 2);
    require(W::self() == index + 2, "another identity");
    count.mine() = static_cast<int>(index) + 1;
  }
  void after() override { require(count.of(2) == 1 && count.of(3) == 2 && count.of(0) == 0, "somebody else's slot"); }
};

unsigned failures = 0;

// Empty: nothing must be found.
template <class Suite>
void expect(const char* name, std::string_view known, std::uint64_t executions = 4000) {
  name_running(std::string("self-check/") + name);
  const model_run r = run_model<Suite>(executions);
  const bool right = known.empty() ? !r.what.failed : r.what.failed && r.what.what.starts_with(known);
  if (!right) ++failures;
  std::printf("%s %-34s %s\n", right ? "ok    " : "WRONG ", name, r.what.failed ? r.what.what.c_str() : "nothing found");
}

// The same numbers must give the same execution, step by step: a failure that cannot be replayed is no finding.
void expect_repeatable() {
  const subject s = subject_of_suite<monitor<true>>();
  bool same = true;
  for (const scheduler_name by : {scheduler_name{.pct = false}, scheduler_name{.pct = true, .depth = 3}}) {
    explore(s, by, 5, 0, 400);
    const unsigned steps = replay(s, by, 5, 399).steps;
    std::vector<unsigned> first;
    for (std::size_t i = 0; i != world::the_trace.size(); ++i) first.push_back(world::the_trace[i].thread);
    same = replay(s, by, 5, 399).steps == steps && first.size() == world::the_trace.size() && same;
    for (std::size_t i = 0; same && i != first.size(); ++i) same = first[i] == world::the_trace[i].thread;
  }
  if (!same) ++failures;
  std::printf("%s %s\n", same ? "ok    " : "WRONG ", "repeatable");
}

}  // namespace

int run_self_check() {
  failures = 0;
  expect<message<relaxed_pass>>("message_relaxed", "DATA RACE");
  expect<message<acquire_pass>>("message_release_acquire", "");
  expect<message<fenced_pass>>("message_fences", "");
  expect<message<futex_pass<false>>>("futex_orders_nothing", "DATA RACE");
  expect<message<futex_pass<true>>>("futex_with_orders", "");
  expect<store_buffering<false>>("store_buffering", "USER ASSERT FAILED");
  expect<store_buffering<true>>("store_buffering_fenced", "");
  expect<sleep_on_word<false>>("lost_wake_up", "DEADLOCK");
  expect<sleep_on_word<true>>("wake_up", "");
  expect<timed_sleep>("timed_sleep", "");
  expect<clock_jumps>("clock_jumps", "USER ASSERT FAILED");
  expect<crossed_mutexes>("crossed_mutexes", "DEADLOCK");
  expect<monitor<true>>("condition", "");
  expect<monitor<false>>("condition_not_notified", "DEADLOCK");
  expect<endless>("endless_loop", "LIVELOCK", 20);
  expect<every_form_of_new>("every_form_of_new", "");
  expect<leak>("leak", "MEMORY LEAK");
  expect<after_free>("access_after_free", "ACCESS TO FREED MEMORY");
  expect<unwritten>("cell_never_written", "ACCESS TO UNINITIALIZED VARIABLE");
  expect<identities>("identities", "");
  expect_repeatable();
  return failures == 0 ? 0 : 1;
}

}  // namespace stealyard::model
