// on_exit = unwind: main returns, and whoever is alive still has its destructors run, once, on its own stack, and leaves what it waited in.
// A test a kind of wait; then what destructors may do, and what cannot be unwound.
#include "core/sched/preempt.hpp"
#include "core/sched/product.hpp"
#include "stress/go/support.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_unwind);

namespace {

STEALYARD_PREEMPTIBLE void computes_for_good() {
  for (;;) asm volatile("" ::: "memory");
}

std::uint64_t goroutine_here() {
  const auto* w = sched::product::worker_here();
  return w == nullptr ? 0 : w->current->id.load(relaxed);
}

// What the goroutines of a test say of themselves. It outlives the run.
struct scene {
  std::atomic<int> inside{0};  // witnesses made
  std::atomic<int> ended{0};  // and destroyed, by the goroutine that made them
  std::atomic<int> strays{0};  // or by somebody else
  std::atomic<int> passed{0};  // waits that returned
};

class witness {
  scene& scene_;
  const std::uint64_t goroutine_ = goroutine_here();

 public:
  explicit witness(scene& s) : scene_(s) { ++scene_.inside; }
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { ++(goroutine_here() == goroutine_ ? scene_.ended : scene_.strays); }
};

// A goroutine with a witness that waits, and passes if that ever returns.
template <class F>
void go_wait(scene& s, F wait) {
  go([&s, wait] {
    const witness mine(s);
    wait();
    ++s.passed;
  });
}

template <class F>
struct at_the_end {
  F f;
  ~at_the_end() { f(); }
};
template <class F>
at_the_end(F) -> at_the_end<F>;

int waiting_for(std::string_view reason) {
  int found = 0;
  for (const auto& g : leaked_goroutines()) found += g.waits_for == reason;
  return found;
}

[[gnu::noinline]] void use_the_stack_below() {
  volatile char room[4096];
  for (volatile char& c : room) c = 0x5a;
}

void sleep_for_good() { chan<int>{nullptr}.recv(); }

struct tally {
  int ended, strays, passed;
  bool operator==(const tally&) const = default;
};
void PrintTo(const tally& t, std::ostream* out) { *out << t.ended << " ended, " << t.strays << " strays, " << t.passed << " passed"; }
tally tally_of(const scene& s) { return {s.ended, s.strays, s.passed}; }

options unwinding(const row& r, unsigned workers = 0) {
  options o = r.with_workers(workers == 0 ? r.workers : workers);
  o.on_exit = exit_policy::unwind;
  return o;
}

void expect_run(const options& o, const std::function<void()>& main) {
  EXPECT_EQ(stealyard::run(o,
                           [&] {
                             main();
                             return 5;
                           }),
            5);
}

// main returns once `goroutines` wait for this.
void expect_unwound(const row& r, int goroutines, std::string_view reason, const std::function<void(scene&)>& fill) {
  scene s;
  expect_run(unwinding(r), [&] {
    fill(s);
    EXPECT_TRUE(eventually([&] { return waiting_for(reason) == goroutines; })) << waiting_for(reason) << " wait for " << reason;
  });
  EXPECT_EQ(tally_of(s), (tally{s.inside, 0, 0}));
  EXPECT_GE(s.inside, goroutines);
}

}  // namespace

// ---- a kind of wait each; what was waited for is as if nobody had ----

TEST_P(go_unwind, send) {
  chan<int> c{nullptr}, full{nullptr};
  expect_unwound(GetParam(), 6, "chan send", [&](scene& s) {
    c = chan<int>();
    full = chan<int>(2);
    full.send(1);
    full.send(2);
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [c] { c.send(7); });
      go_wait(s, [full] { full.send(7); });
    }
  });
  expect_run(GetParam().parts(), [&] {
    EXPECT_EQ(c.try_recv(), std::nullopt);
    EXPECT_EQ(full.recv() + full.recv(), 3);
    EXPECT_EQ(full.try_recv(), std::nullopt);
  });
}

TEST_P(go_unwind, receive) {
  chan<int> c{nullptr}, empty{nullptr};
  expect_unwound(GetParam(), 9, "chan receive", [&](scene& s) {
    c = chan<int>();
    empty = chan<int>(2);
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [c] { c.recv(); });
      go_wait(s, [empty] { empty.recv_ok(); });
      go_wait(s, [empty] {
        for (int x : empty) (void)x;
      });
    }
  });
  expect_run(GetParam().parts(), [&] {
    EXPECT_FALSE(c.try_send(1));
    for (int i = 0; i != 2; ++i) EXPECT_TRUE(empty.try_send(1));
    EXPECT_FALSE(empty.try_send(1));
  });
}

// One that polls is never seen to wait: it throws out of its yield.
TEST_P(go_unwind, select) {
  chan<int> a{nullptr}, b{nullptr}, buffered{nullptr};
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    a = chan<int>();
    b = chan<int>();
    buffered = chan<int>(1);
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [a, buffered] { stealyard::select(on_recv(a), on_recv(buffered)); });
      go_wait(s, [b, buffered] { stealyard::select(on_send(b, 1), on_recv(buffered)); });
    }
    const bool sleep = claims_of_selector(GetParam()).sleeps;
    EXPECT_TRUE(eventually([&] { return sleep ? waiting_for("select") == 6 : s.inside == 6; }));
  });
  EXPECT_EQ(tally_of(s), (tally{6, 0, 0}));
  expect_run(GetParam().parts(), [&] {
    EXPECT_FALSE(a.try_send(1));
    EXPECT_EQ(b.try_recv(), std::nullopt);
    EXPECT_TRUE(buffered.try_send(1));
  });
}

TEST_P(go_unwind, what_never_ends) {
  expect_unwound(GetParam(), 1, "chan send (nil chan)", [](scene& s) { go_wait(s, [] { chan<int>{nullptr}.send(1); }); });
  expect_unwound(GetParam(), 1, "chan receive (nil chan)", [](scene& s) { go_wait(s, [] { chan<int>{nullptr}.recv(); }); });
  expect_unwound(GetParam(), 1, "select (no cases)", [](scene& s) { go_wait(s, [] { stealyard::select(); }); });
}

TEST_P(go_unwind, mutex) {
  stealyard::mutex m;
  expect_unwound(GetParam(), 3, "sync.Mutex.Lock", [&](scene& s) {
    m.lock();
    for (int i = 0; i != 3; ++i) go_wait(s, [&m] { const std::lock_guard held(m); });
  });
  m.unlock();  // main's
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST_P(go_unwind, whoever_holds_a_mutex_gives_it_back) {
  stealyard::mutex m;
  expect_unwound(GetParam(), 3, "sync.Mutex.Lock", [&](scene& s) {
    go_wait(s, [&m] {
      const std::lock_guard held(m);
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive (nil chan)") == 1; }));
    for (int i = 0; i != 3; ++i) go_wait(s, [&m] { const std::unique_lock held(m); });
  });
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

// The writer waits for main, who reads; the readers wait for the writer.
TEST_P(go_unwind, rw_mutex) {
  rw_mutex m;
  expect_unwound(GetParam(), 3, "sync.RWMutex.RLock", [&](scene& s) {
    m.lock_shared();
    go_wait(s, [&m] { const std::unique_lock writes(m); });
    EXPECT_TRUE(eventually([&] { return waiting_for("sync.RWMutex.Lock") == 1; }));
    go_wait(s, [&m] { const std::unique_lock writes(m); });  // behind the first
    EXPECT_TRUE(eventually([&] { return waiting_for("sync.RWMutex.Lock") == 2; }));
    for (int i = 0; i != 3; ++i) go_wait(s, [&m] { const std::shared_lock reads(m); });
  });
  EXPECT_FALSE(m.try_lock());
  m.unlock_shared();  // main's; also lets go what the writer left
  EXPECT_TRUE(m.try_lock());
  m.unlock();
  EXPECT_TRUE(m.try_lock_shared());
  m.unlock_shared();
}

TEST_P(go_unwind, rw_mutex_behind_a_writer) {
  rw_mutex m;
  expect_unwound(GetParam(), 3, "sync.RWMutex.RLock", [&](scene& s) {
    m.lock();
    for (int i = 0; i != 3; ++i) go_wait(s, [&m] { const std::shared_lock reads(m); });
  });
  m.unlock();
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST_P(go_unwind, wait_group) {
  stealyard::wait_group group;
  expect_unwound(GetParam(), 4, "sync.WaitGroup.Wait", [&](scene& s) {
    group.add(1);
    for (int i = 0; i != 4; ++i) go_wait(s, [&group] { group.wait(); });
  });
  group.done();
  expect_run(GetParam().parts(), [&] {
    group.go([] {});
    group.wait();
  });
}

// Locked again before anything is destroyed.
TEST_P(go_unwind, cond) {
  stealyard::mutex m;
  stealyard::cond c(m);
  expect_unwound(GetParam(), 3, "sync.Cond.Wait", [&](scene& s) {
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [&] {
        const std::lock_guard held(m);
        c.wait();
      });
    }
  });
  EXPECT_TRUE(m.try_lock());
  m.unlock();
  c.signal();
  c.broadcast();
}

TEST_P(go_unwind, semaphore) {
  stealyard::semaphore units(3);
  expect_unwound(GetParam(), 3, "semacquire", [&](scene& s) {
    units.acquire(2);
    for (int i = 0; i != 3; ++i) go_wait(s, [&units] { units.acquire(2); });
  });
  EXPECT_TRUE(units.try_acquire(1));  // nobody is in the way
  units.release(3);
}

TEST_P(go_unwind, once) {
  std::optional<stealyard::once> only(std::in_place);
  expect_unwound(GetParam(), 2, "sync.Mutex.Lock", [&](scene& s) {
    go_wait(s, [&] { only->call([] { sleep_for_good(); }); });
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive (nil chan)") == 1; }));
    for (int i = 0; i != 2; ++i) go_wait(s, [&] { only->call([] { FAIL() << "twice"; }); });
  });
  expect_run(GetParam().parts(), [&] { only->call([] { FAIL() << "twice"; }); });
}

// One is still there when the others were due.
TEST_P(go_unwind, sleep) {
  expect_unwound(GetParam(), 3, "sleep", [](scene& s) {
    go_wait(s, [] {
      const at_the_end stays{[] { stealyard::sleep(30ms); }};
      sleep_for_good();
    });
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [i] {
        for (;;) stealyard::sleep(i == 0 ? 1h : 10ms);
      });
    }
  });
}

TEST_P(go_unwind, timers) {
  expect_unwound(GetParam(), 3, "chan receive", [](scene& s) {
    go_wait(s, [] { after(1h).recv(); });
    go_wait(s, [] { timer(1h).c().recv(); });
    go_wait(s, [] { ticker(1h).c().recv(); });
  });
}

TEST_P(go_unwind, yield) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    for (int i = 0; i != 3; ++i) {
      go_wait(s, [] {
        for (;;) yield();
      });
    }
    EXPECT_TRUE(eventually([&] { return s.inside == 3; }));
  });
  EXPECT_EQ(tally_of(s), (tally{3, 0, 0}));
}

// What was served goes on no further either; a mutex that was handed over is handed on.
TEST_P(go_unwind, those_who_were_just_woken) {
  constexpr int each = 5;
  scene s;
  std::vector<stealyard::mutex> mutexes(each);
  std::vector<std::unique_ptr<stealyard::semaphore>> semaphores;
  expect_run(unwinding(GetParam(), 1), [&] {
    const chan<int> c, d;
    for (int i = 0; i != each; ++i) {
      auto& m = mutexes[i];
      auto& units = *semaphores.emplace_back(std::make_unique<stealyard::semaphore>(1));
      m.lock();
      units.acquire();
      go_wait(s, [c] { c.recv(); });
      go_wait(s, [d] { d.send(1); });
      go_wait(s, [&m] { const std::lock_guard held(m); });
      go_wait(s, [&units] {
        units.acquire();
        units.release();
      });
    }
    EXPECT_TRUE(eventually([&] { return leaked_goroutines().size() == 4 * each; }));
    for (int i = 0; i != each; ++i) {
      c.send(1);
      d.recv();
      mutexes[i].unlock();
      semaphores[i]->release();
    }
  });
  EXPECT_EQ(s.ended, 4 * each);
  EXPECT_EQ(s.strays, 0);
  EXPECT_EQ(s.passed, 0);
  for (auto& m : mutexes) ASSERT_TRUE(m.try_lock());
  for (auto& units : semaphores) ASSERT_TRUE(units->try_acquire());
}

TEST_P(go_unwind, what_never_started_only_has_its_closure_destroyed) {
  constexpr int each = 3;
  scene s;
  struct large {
    char bytes[200] = {};
  };
  const auto guard = [&s] { return std::shared_ptr<scene>(&s, [](scene* of) { ++of->ended; }); };
  expect_run(unwinding(GetParam(), 1), [&] {
    for (int i = 0; i != each; ++i) {
      go([&s, held = guard(), room = large()] { s.passed += 1 + room.bytes[0]; });
      go([&s, held = guard()] { ++s.passed; });
    }
  });
  EXPECT_EQ(s.ended, 2 * each);
  EXPECT_EQ(s.passed, 0);
}

TEST_P(go_unwind, descriptors) {
  expect_unwound(GetParam(), 2, "IO wait", [](scene& s) {
    for (const bool late : {false, true}) {
      int ends[2] = {-1, -1};
      ASSERT_EQ(::pipe(ends), 0);
      go_wait(s, [reads = descriptor(ends[0]), writes = descriptor(ends[1]), late] {
        if (late) reads.set_read_deadline(stealyard::clock::now() + 1h);
        char byte;
        (void)reads.read(&byte, 1);
      });
    }
  });
}

// run() ends only after f has; the goroutine goes no further.
TEST_P(go_unwind, blocking_calls) {
  scene s;
  std::atomic<bool> over{false};
  expect_run(unwinding(GetParam(), workers() + 1), [&] {
    go_wait(s, [&over] {
      blocking([&over] {
        while (!over) std::this_thread::sleep_for(100us);
      });
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("syscall") == 1; }));
    over = true;
  });
  EXPECT_EQ(tally_of(s), (tally{1, 0, 0}));
}

// f ends when main has returned, and its worker is another thread's by then: main is there to return.
TEST_P(go_unwind, blocking_calls_that_lost_their_worker) {
  scene s;
  std::atomic<bool> went_on{false};
  expect_run(unwinding(GetParam(), 1), [&] {
    go_wait(s, [&] {
      blocking([] {
        while (!sched::running_scheduler()->stopped()) std::this_thread::sleep_for(100us);
      });
      went_on = true;
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([] { return waiting_for("syscall") == 1; }));
  });
  EXPECT_EQ(tally_of(s), (tally{1, 0, 0}));
  EXPECT_FALSE(went_on);
}

TEST_P(go_unwind, a_bubble_of_virtual_time) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    const chan<int> outside;
    go_wait(s, [&s, outside] {
      bubble([&s, outside] {
        const chan<int> inside;
        go_wait(s, [outside] { outside.recv(); });
        go_wait(s, [inside] { inside.recv(); });
        go_wait(s, [] { stealyard::sleep(1h); });
        go_wait(s, [] { bubble_wait(); });
        inside.recv();
      });
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive") == 1; }));
  });
  EXPECT_EQ(tally_of(s), (tally{s.inside, 0, 0}));
}

// The one that waited there is gone: its place is free.
TEST_P(go_unwind, bubble_wait_leaves_its_place) {
  scene s;
  std::atomic<int> waited{0};
  expect_run(unwinding(GetParam()), [&] {
    const chan<int> outside;
    go_wait(s, [&, outside] {
      bubble([&, outside] {
        go_wait(s, [outside] { outside.recv(); });  // the bubble is not idle before this one has unwound: the younger ones are first
        go_wait(s, [&] {
          const at_the_end waits_too{[&] { waited += panic_of([] { bubble_wait(); }).empty() ? 1 : 100; }};
          sleep_for_good();
        });
        go_wait(s, [] { bubble_wait(); });
        sleep_for_good();
      });
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("synctest.Wait") == 1 && waiting_for("chan receive") == 1; }));
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive (nil chan)") == 2; }));
  });
  EXPECT_EQ(tally_of(s), (tally{s.inside, 0, 0}));
  EXPECT_EQ(waited, 1);
}

// Who called bubble() is gone when the bubble falls idle.
TEST_P(go_unwind, a_bubble_that_outlives_its_caller) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    const chan<int> outside;
    go_wait(s, [&s, outside] {
      const at_the_end lets_it_go{[outside] {
        outside.send(1);
        use_the_stack_below();  // where the call of bubble() was: nobody may look there any more
      }};
      bubble([&s, outside] {
        go_wait(s, [outside] {
          const at_the_end stays{[outside] { outside.recv(); }};
          sleep_for_good();
        });
        outside.recv();
      });
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive (nil chan)") == 1 && waiting_for("chan receive") == 1; }));
  });
  EXPECT_EQ(tally_of(s), (tally{2, 0, 0}));
}

// ---- what destructors may do ----

TEST_P(go_unwind, destructors_wait_for_each_other) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    const chan<int> there, back;
    const auto m = std::make_shared<stealyard::mutex>();
    go_wait(s, [=] {
      const at_the_end answers{[=] { back.send(there.recv() + 1); }};
      const std::lock_guard held(*m);
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return s.inside == 1 && waiting_for("chan receive (nil chan)") == 1; }));
    go_wait(s, [=, &s] {
      const at_the_end asks{[=, &s] {
        const std::lock_guard held(*m);  // the other's, until it has unwound so far
        stealyard::sleep(1ms);
        there.send(7);
        if (back.recv() == 8) s.passed += 10;
      }};
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return s.inside == 2 && waiting_for("chan receive (nil chan)") == 2; }));
  });
  EXPECT_EQ(tally_of(s), (tally{2, 0, 10}));
}

TEST_P(go_unwind, what_destructors_start_does_not_run) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    go_wait(s, [&s] {
      const at_the_end starts{[&s] {
        go([&s, guard = std::shared_ptr<scene>(&s, [](scene* of) { of->passed += 10; })] { ++s.passed; });
        yield();
      }};
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return waiting_for("chan receive (nil chan)") == 1; }));
  });
  EXPECT_EQ(tally_of(s), (tally{1, 0, 10}));
}

// The first goes before the second, which started it.
TEST_P(go_unwind, a_goroutine_goes_before_the_one_that_started_it) {
  scene s;
  std::atomic<int> order{0}, inner_was{0}, outer_was{0};
  expect_run(unwinding(GetParam()), [&] {
    go_wait(s, [&] {
      const chan<int> mine;
      const at_the_end outer{[&] { outer_was = ++order; }};
      go_wait(s, [&] {
        const at_the_end inner{[&] { inner_was = ++order; }};
        mine.recv();
      });
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return leaked_goroutines().size() == 2; }));
  });
  EXPECT_EQ(tally_of(s), (tally{2, 0, 0}));
  EXPECT_EQ(inner_was, 1);
  EXPECT_EQ(outer_was, 2);
}

// A destructor that waits while an ordinary exception is on its way: nothing may be thrown there. Once woken, the goroutine is unwound at
// its next wait.
TEST_P(go_unwind, an_exception_in_flight_arrives_first) {
  scene s;
  expect_run(unwinding(GetParam()), [&] {
    const chan<int> c;
    go_wait(s, [] { sleep_for_good(); });
    go_wait(s, [c] {
      const at_the_end wakes{[c] { c.send(1); }};
      sleep_for_good();
    });
    go_wait(s, [c, &s] {
      try {
        const at_the_end waits{[c] { c.recv(); }};
        throw 7;
      } catch (int seven) {
        s.passed += seven * 10;
      }
      sleep_for_good();
    });
    EXPECT_TRUE(eventually([&] { return leaked_goroutines().size() == 3; }));
  });
  EXPECT_EQ(tally_of(s), (tally{3, 0, 70}));
}

TEST_P(go_unwind, and_runs_again) {
  chan<int> c{nullptr};
  for (int round = 0; round != 3; ++round) {
    expect_unwound(GetParam(), 1, "chan receive", [&](scene& s) {
      if (!c) c = chan<int>();
      go_wait(s, [c] { c.recv(); });
    });
  }
}

// Those who wake it are not of the runtime, and do so while it leaves.
TEST_P(go_unwind, while_foreign_threads_wake) {
  for (int i = 0; i != scaled(50); ++i) {
    scene s;
    std::atomic<bool> stop{false};
    chan<int> c{nullptr};
    std::thread waker;
    expect_run(unwinding(GetParam()), [&] {
      c = chan<int>();
      for (int k = 0; k != 4; ++k) {
        go_wait(s, [c] {
          for (;;) c.recv();
        });
      }
      waker = std::thread([&stop, c, guard = foreign_guard()] {
        while (!stop) c.try_send(1);
      });
      EXPECT_TRUE(eventually([&] { return s.inside == 4; }));
    });
    stop = true;
    waker.join();
    ASSERT_EQ(tally_of(s), (tally{4, 0, 0}));
  }
}

TEST_P(go_unwind, many) {
  expect_unwound(GetParam(), scaled(2000), "chan receive", [&](scene& s) {
    const chan<int> c;
    for (int i = 0; i != scaled(2000); ++i) go_wait(s, [c] { c.recv(); });
  });
}

// ---- what cannot be unwound is discarded; run() returns, and the others are unwound. In a child: it leaks ----

namespace {

void expect_discarded(const row& r, int unwound, const std::function<void(scene&)>& fill) {
  const child ended = in_child([&] {
    auto* s = new scene;
    stealyard::run(unwinding(r), [&] {
      fill(*s);
      eventually([&] { return static_cast<int>(leaked_goroutines().size()) == s->inside && s->inside > unwound; });
    });
    return s->ended == unwound && s->strays == 0 && s->passed == 0 ? 7 : 8 + s->ended;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
  EXPECT_EQ(ended.err, "");
}

}  // namespace

TEST_P(go_unwind, a_destructor_that_waits_in_vain) {
  expect_discarded(GetParam(), 2, [](scene& s) {
    go_wait(s, [] { sleep_for_good(); });
    go_wait(s, [] {
      const at_the_end never{[] { sleep_for_good(); }};
      sleep_for_good();
    });
    go_wait(s, [] { sleep_for_good(); });
  });
}

TEST_P(go_unwind, a_noexcept_function_in_the_way) {
  expect_discarded(GetParam(), 2, [](scene& s) {
    go_wait(s, [] { sleep_for_good(); });
    go_wait(s, [] {
      const auto guarded = []() noexcept { sleep_for_good(); };
      guarded();
    });
    go_wait(s, [] { sleep_for_good(); });
  });
}

// In the middle of a computation there is no call that could throw.
TEST_P(go_unwind, what_was_preempted_by_signal) {
  if (tsan || !sched::can_preempt()) GTEST_SKIP() << "not applicable: this build cannot preempt";
  const child ended = in_child([&] {
    auto* s = new scene;
    options o = unwinding(GetParam(), 1);
    o.preempt_slice = 1ms;
    stealyard::run(o, [s] {
      go_wait(*s, [] { sleep_for_good(); });
      for (int i = 0; i != 3; ++i) go_wait(*s, [] { computes_for_good(); });
      eventually([&] { return sched::preemptions() != 0 && s->inside == 4 && waiting_for("chan receive (nil chan)") == 1; });
    });
    return s->ended == 1 && s->strays == 0 && s->passed == 0 ? 7 : 8 + s->ended;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
  EXPECT_EQ(ended.err, "");
}

TEST_P(go_unwind, swallowing_it_is_fatal) {
  const child died = in_child([&] {
    return stealyard::run(unwinding(GetParam()), [] {
      go([] {
        try {
          sleep_for_good();
        } catch (...) {
        }
      });
      eventually([] { return waiting_for("chan receive (nil chan)") == 1; });
      return 5;
    });
  });
  EXPECT_EQ(died.status, 2) << ::testing::PrintToString(died);
  EXPECT_TRUE(starts_with(died.err, "fatal error: goexit() was stopped by a catch (...)")) << died.err;
}

TEST_P(go_unwind, the_leak_report_names_them_all_the_same) {
  const child ended = in_child([&] {
    options o = unwinding(GetParam());
    o.leaks = leak_check::fail;
    return stealyard::run(o, [] {
      go([] { sleep_for_good(); });
      eventually([] { return waiting_for("chan receive (nil chan)") == 1; });
      return 0;
    });
  });
  EXPECT_EQ(ended.status, 1) << ::testing::PrintToString(ended);
  EXPECT_TRUE(starts_with(ended.err, "stealyard: 1 goroutine is still blocked, and main has returned\n")) << ended.err;
  EXPECT_TRUE(contains(ended.err, "chan receive (nil chan)")) << ended.err;
}

TEST(go_unwind, is_chosen_by_the_environment_too) {
  const auto with = [](const char* value, std::size_t stack_size) {
    return in_child([=] {
      ::setenv("STEALYARD_ON_EXIT", value, 1);
      auto* s = new scene;
      const int status = stealyard::run({.workers = 1, .stack = stack_size < 16384 ? "slab_canary" : "", .stack_size = stack_size}, [s] {
        go_wait(*s, [] { sleep_for_good(); });
        yield();
        return 5;
      });
      return status + 10 * s->ended;
    });
  };
  EXPECT_EQ(with("unwind", 1 << 20).status, 15);
  EXPECT_EQ(with("discard", 1 << 20).status, 5);
  const child unknown = with("exit", 1 << 20);
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err, "stealyard: STEALYARD_ON_EXIT=exit: accepted are discard, unwind\n");
  const child small = with("unwind", 8192);
  EXPECT_EQ(small.status, 2);
  EXPECT_EQ(small.err, "stealyard: stack_size=8192: with on_exit=unwind accepted are 16384 and more\n");
}

}  // namespace stealyard::go_tests
