// Programs on the protocols of core/go's mutex, rw_mutex, semaphore, wait group, cond and once, with threads as their users. In all of
// them: linearizable over happens-before against what the type is, sequentially; who waits for ever is a deadlock, unless it must wait;
// what is guarded is reached by nobody else, and seen by the next (race detector).
//
//   mutex       l lock, section, unlock   t try_lock; if it holds it, section, unlock   L as l, a goroutine that unwinds if it must wait
//   rw_mutex    w lock, write, unlock     r lock_shared, read, unlock_shared     v and y: the same by try_lock and try_lock_shared
//               W and R: as w and r, a goroutine that unwinds if it must wait
//   semaphore   1, 2 acquire so many units, section, release    t try_acquire(1), release     capacity: the units
//   wait_group  d done, of those added at the start   w wait; all that was done before is seen   n add one, done; before a d of its own
//               W as w, a goroutine that unwinds if it must wait
//   cond        g give an item, signal   b give an item, broadcast   w wait for an item and take it
//   once        o call
#pragma once
#include "core/go/cond_core.hpp"
#include "core/go/once_core.hpp"
#include "core/go/rw_mutex_core.hpp"
#include "core/go/semaphore_core.hpp"
#include "core/go/wait_group_core.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"
#include "stress/sched_model/unwinding.hpp"

#include <algorithm>

namespace stealyard::model {

// Who is inside, in all of these: 'a' n enters, 'z' n leaves, 't' n may fail, 'g' went without having been inside.
struct room_model {
  unsigned free;
  bool waiting_counts = false;  // a try may fail because somebody waits, or goes
  bool step(const operation& op) noexcept {
    if (op.letter == 'g') return true;
    if (op.letter == 'z') {
      free += op.value;
      return true;
    }
    if (op.letter == 't' && !op.flag) return free < op.value || (waiting_counts && op.overlapped);
    if (free < op.value) return false;
    free -= op.value;
    return true;
  }
  std::uint64_t key() const noexcept { return free; }
};

// Sections of one lock, that take `n` of its units.
class sections {
  history history_;
  checked::plain<std::uint32_t> guarded_;
  unsigned entered_alone_ = 0;

 public:
  sections() { guarded_.put(0u); }

  template <class Enter>
  void enter(unsigned n, const char* verb, Enter&& lock) {
    operation op = history::begin('a', verb, static_cast<std::uint8_t>(n));
    try {
      lock();
    } catch (const sched::goexit_signal&) {
      op.letter = 'g';
      history_.end(op, false);
      throw;
    }
    history_.end(op, true);
  }
  template <class Try>
  bool try_enter(unsigned n, const char* verb, Try&& try_lock) {
    operation op = history::begin('t', verb, static_cast<std::uint8_t>(n));
    history_.end(op, try_lock());
    return op.flag;
  }
  template <class Leave>
  void leave(unsigned n, const char* verb, Leave&& unlock) {
    operation op = history::begin('z', verb, static_cast<std::uint8_t>(n));
    const bool fine = unlock();
    history_.end(op, true);
    require(fine, "unlock of what was locked was called misuse");
  }
  void alone() {
    guarded_.poke() += 1;
    ++entered_alone_;
  }
  void together() { (void)guarded_.peek(); }
  void check(const room_model& initial) {
    require(guarded_.peek() == entered_alone_, "a section is missing");
    require(linearizable(history_, initial), "no order of the operations gives these results");
  }
};

template <class P>
class mutex_program final : public scenario {
  const program& program_;
  goroutine_that_unwinds goroutine_;
  mutex_core<P> mutex_;
  sections sections_;

  void enter() {
    sections_.enter(1, "lock", [&] { mutex_.lock("lock"); });
  }

 public:
  explicit mutex_program(const program& p) : program_(p) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      if (letter == 'l') {
        enter();
      } else if (letter == 'L') {
        if (!goroutine_.run([&] { enter(); })) continue;
      } else if (!sections_.try_enter(1, "try_lock", [&] { return mutex_.try_lock(); })) {
        continue;
      }
      sections_.alone();
      sections_.leave(1, "unlock", [&] { return mutex_.unlock(); });
    }
  }
  void after() override {
    const bool may_go = std::any_of(program_.threads.begin(), program_.threads.end(), [](const auto& t) { return t.find('L') != t.npos; });
    sections_.check({.free = 1, .waiting_counts = may_go});
    require(mutex_.try_lock(), "nobody holds it, and try_lock fails");
  }
};

template <class P>
class rw_mutex_program final : public scenario {
  static constexpr unsigned all = 8;
  const program& program_;
  goroutine_that_unwinds goroutine_;
  rw_mutex_core<P> mutex_;
  sections sections_;

  void enter(bool alone) {
    if (alone) {
      sections_.enter(all, "lock", [&] { mutex_.lock("lock"); });
    } else {
      sections_.enter(1, "lock_shared", [&] { mutex_.lock_shared("rlock"); });
    }
  }

 public:
  explicit rw_mutex_program(const program& p) : program_(p) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      bool inside = true;
      switch (letter) {
        case 'w':
        case 'r':
          enter(letter == 'w');
          break;
        case 'W':
        case 'R':
          inside = goroutine_.run([&] { enter(letter == 'W'); });
          break;
        case 'v':
          inside = sections_.try_enter(all, "try_lock", [&] { return mutex_.try_lock(); });
          break;
        default:
          inside = sections_.try_enter(1, "try_lock_shared", [&] { return mutex_.try_lock_shared(); });
          break;
      }
      if (!inside) continue;
      if (letter == 'w' || letter == 'W' || letter == 'v') {
        sections_.alone();
        sections_.leave(all, "unlock", [&] { return mutex_.unlock(); });
      } else {
        sections_.together();
        sections_.leave(1, "unlock_shared", [&] { return mutex_.unlock_shared(); });
      }
    }
  }
  void after() override {
    sections_.check({.free = all, .waiting_counts = true});
    require(mutex_.try_lock(), "nobody holds it, and try_lock fails");
  }
};

template <class P>
class semaphore_program final : public scenario {
  const program& program_;
  semaphore_core<P> units_;
  sections sections_;

 public:
  explicit semaphore_program(const program& p) : program_(p), units_(p.capacity) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      const unsigned n = letter == '2' ? 2 : 1;
      if (letter != 't') {
        sections_.enter(n, "acquire", [&] { units_.acquire(n, "acquire"); });
      } else if (!sections_.try_enter(1, "try_acquire", [&] { return units_.try_acquire(1); })) {
        continue;
      }
      if (n == program_.capacity) {
        sections_.alone();
      } else {
        sections_.together();
      }
      sections_.leave(n, "release", [&] { return units_.release(n); });
    }
  }
  void after() override {
    sections_.check({.free = program_.capacity, .waiting_counts = true});
    require(units_.try_acquire(program_.capacity), "a unit is missing");
  }
};

template <class P>
class wait_group_program final : public scenario {
  static constexpr unsigned most = 8;
  const program& program_;
  goroutine_that_unwinds goroutine_;
  wait_group_core<P> group_;
  checked::plain<std::uint32_t> work_[most];
  unsigned first_[most] = {};  // of each thread's work
  unsigned count_ = 0;

  static void ok(wait_group_fault what) { require(what == wait_group_fault::none, "a correct use of the group was called misuse"); }
  void done(unsigned which) {
    work_[which].put(1u);
    ok(group_.add(-1));
  }

 public:
  explicit wait_group_program(const program& p) : program_(p) {
    P::forget_workers();
    std::int64_t at_the_start = 0;
    for (std::size_t t = 0; t != p.threads.size(); ++t) {
      first_[t] = count_;
      for (const char c : p.threads[t]) {
        count_ += c == 'w' || c == 'W' ? 0 : 1;
        at_the_start += c == 'd' ? 1 : 0;
      }
    }
    ok(group_.add(at_the_start));
  }
  void thread(unsigned index) override {
    unsigned mine = first_[index];
    for (const char letter : program_.threads[index]) {
      if (letter == 'w' || letter == 'W') {
        world::the_trace.note(index, "wait:");
        const auto wait = [&] { ok(group_.wait("wait")); };
        bool waited = true;
        if (letter == 'w') {
          wait();
        } else {
          waited = goroutine_.run(wait);
        }
        for (unsigned i = 0; waited && i != count_; ++i) (void)work_[i].peek();
        continue;
      }
      world::the_trace.note(index, letter == 'n' ? "add, done:" : "done:");
      if (letter == 'n') ok(group_.add(1));
      done(mine++);
    }
  }
  void after() override { ok(group_.wait("wait")); }
};

template <class P>
class cond_program final : public scenario {
  const program& program_;
  mutex_core<P> mutex_;
  cond_core<P> changed_;
  checked::plain<std::uint32_t> items_;  // under mutex_
  unsigned left_ = 0;                    // the same, for may_rest

  void add(std::uint32_t n) {
    items_.poke() += n;
    left_ += n;
  }
  void give(bool all) {
    mutex_.lock("lock");
    add(1);
    mutex_.unlock();
    all ? changed_.broadcast() : changed_.signal();
  }
  void take() {
    mutex_.lock("lock");
    while (items_.peek() == 0) {
      const auto mine = changed_.take_ticket();
      mutex_.unlock();
      changed_.wait(mine, "wait");
      mutex_.lock("lock");
    }
    add(-1u);
    mutex_.unlock();
  }

 public:
  explicit cond_program(const program& p) : program_(p) {
    P::forget_workers();
    items_.put(0u);
  }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      world::the_trace.note(index, letter == 'w' ? "take:" : letter == 'b' ? "give, broadcast:" : "give, signal:");
      letter == 'w' ? take() : give(letter == 'b');
    }
  }
  bool may_rest() override { return left_ == 0; }
};

template <class P>
class once_program final : public scenario {
  const program& program_;
  once_core<P> once_;
  checked::plain<std::uint32_t> made_;

 public:
  explicit once_program(const program& p) : program_(p) {
    P::forget_workers();
    made_.put(0u);
  }
  void thread(unsigned index) override {
    for (std::size_t calls = program_.threads[index].size(); calls != 0; --calls) {
      once_.call([this] { made_.poke() += 1; }, "once");
      require(made_.peek() == 1, "a call returned before the first one's f had run, or f ran twice");
    }
  }
};

}  // namespace stealyard::model
