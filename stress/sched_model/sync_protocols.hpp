// The protocols of core/go's mutex, rw_mutex, once, cond, semaphore and wait group, with threads as their users. In all of them: nobody
// sleeps for ever (Relacy sees a deadlock), what is guarded is reached by nobody else (race detector), nothing is called misuse.
#pragma once
#include "core/go/cond_core.hpp"
#include "core/go/once_core.hpp"
#include "core/go/rw_mutex_core.hpp"
#include "core/go/semaphore_core.hpp"
#include "core/go/wait_group_core.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

// What a lock guards.
class guarded {
  checked::plain<std::uint32_t> count_;

 public:
  guarded() { count_.put(0u); }
  void add() { count_.poke() += 1; }
  std::uint32_t read() const { return count_.peek(); }
};

// Three threads, each two sections. The model's clock jumps, so both modes are there, and the way between them.
template <class P>
class mutex_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  mutex_protocol() { P::forget_workers(); }

  void thread(unsigned) override {
    for (unsigned i = 0; i != 2; ++i) {
      mutex_.lock("lock");
      inside_.add();
      require(mutex_.unlock(), "unlock of a locked mutex was called misuse");
    }
  }
  void after() override {
    require(inside_.read() == 2 * threads, "a section is missing");
    require(mutex_.try_lock(), "nobody holds it, and try_lock fails");
  }

 private:
  mutex_core<P> mutex_;
  guarded inside_;
};

// try_lock between those who wait.
template <class P>
class mutex_try_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  mutex_try_protocol() { P::forget_workers(); }

  void thread(unsigned index) override {
    if (index != 0) {
      mutex_.lock("lock");
    } else {
      while (!mutex_.try_lock()) checked::pause();
    }
    inside_.add();
    require(mutex_.unlock(), "unlock of a locked mutex was called misuse");
  }
  void after() override { require(inside_.read() == threads, "a section is missing"); }

 private:
  mutex_core<P> mutex_;
  guarded inside_;
};

// Two writers, two readers.
template <class P>
class rw_mutex_protocol final : public scenario {
  static constexpr unsigned writers = 2;

 public:
  static constexpr unsigned threads = writers + 2;
  rw_mutex_protocol() { P::forget_workers(); }

  void thread(unsigned index) override { index < writers ? write() : read(); }
  void after() override {
    require(inside_.read() == writers, "a write is missing");
    require(mutex_.try_lock(), "nobody holds it, and try_lock fails");
  }

 private:
  void write() {
    mutex_.lock("lock");
    inside_.add();
    require(mutex_.unlock(), "unlock of a locked rw_mutex was called misuse");
  }
  void read() {
    for (unsigned i = 0; i != 2; ++i) {
      mutex_.lock_shared("rlock");
      require(inside_.read() <= writers, "more writes than writers");
      require(mutex_.unlock_shared(), "unlock_shared of a locked rw_mutex was called misuse");
    }
  }

  rw_mutex_core<P> mutex_;
  guarded inside_;
};

// Both try forms: a writer and a reader that do not wait, beside one of each that do.
template <class P>
class rw_mutex_try_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  rw_mutex_try_protocol() { P::forget_workers(); }

  void thread(unsigned index) override {
    if (index == 2) {
      while (!mutex_.try_lock_shared()) checked::pause();
      (void)inside_.read();
      require(mutex_.unlock_shared(), "unlock_shared of a locked rw_mutex was called misuse");
      return;
    }
    if (index == 1) {
      while (!mutex_.try_lock()) checked::pause();
    } else {
      mutex_.lock("lock");
    }
    inside_.add();
    require(mutex_.unlock(), "unlock of a locked rw_mutex was called misuse");
  }
  void after() override { require(inside_.read() == 2, "a write is missing"); }

 private:
  rw_mutex_core<P> mutex_;
  guarded inside_;
};

template <class P>
class once_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  once_protocol() { P::forget_workers(); }

  void thread(unsigned) override {
    once_.call([this] { made_.add(); }, "once");
    require(made_.read() == 1, "a call returned before the first one's f had run");
  }

 private:
  once_core<P> once_;
  guarded made_;
};

// A queue of one condition: two takers, two items. Each item is signalled by itself, without the mutex.
template <class P>
class cond_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  cond_protocol() { P::forget_workers(); }

  void thread(unsigned index) override { index == 0 ? give() : take(); }
  void after() override { require(items_ == 0, "an item is left"); }

 private:
  void give() {
    for (unsigned i = 0; i != 2; ++i) {
      mutex_.lock("lock");
      ++items_;
      inside_.add();
      mutex_.unlock();
      changed_.signal();
    }
  }
  void take() {
    mutex_.lock("lock");
    while (items_ == 0) {
      const auto mine = changed_.take_ticket();
      mutex_.unlock();
      changed_.wait(mine, "wait");
      mutex_.lock("lock");
    }
    --items_;
    inside_.add();
    mutex_.unlock();
  }

  mutex_core<P> mutex_;
  cond_core<P> changed_;
  unsigned items_ = 0;  // under mutex_
  guarded inside_;
};

// Signals go out in the order of tickets, wherever their holders are; and what came before a signal is seen after the wait it ends.
template <class P>
class cond_order final : public scenario {
  static constexpr unsigned waiters = 2;

 public:
  static constexpr unsigned threads = waiters + 1;
  cond_order() {
    P::forget_workers();
    for (auto& t : ticket_) t = changed_.take_ticket();
    for (auto& c : sent_) c.put(0u);
  }

  void thread(unsigned index) override {
    if (index == waiters) {
      for (unsigned i = 0; i != waiters; ++i) {
        sent_[i].poke() = 1;
        changed_.signal();
      }
    } else {
      changed_.wait(ticket_[index], "wait");
      require(sent_[index].peek() == 1, "a wait returned before its turn");
    }
  }

 private:
  cond_core<P> changed_;
  typename cond_core<P>::ticket ticket_[waiters];
  checked::plain<std::uint32_t> sent_[waiters];
};

// One writer takes both units, two readers one each.
template <class P>
class semaphore_protocol final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  semaphore_protocol() : units_(2) { P::forget_workers(); }

  void thread(unsigned index) override {
    const std::int64_t k = index == 0 ? 2 : 1;
    for (unsigned i = 0; i != 2; ++i) {
      units_.acquire(k, "acquire");
      if (index == 0) inside_.add();
      require(inside_.read() <= 2, "written twice as often as there are writes");
      require(units_.release(k), "a release of what was taken was called misuse");
    }
  }
  void after() override { require(units_.try_acquire(2), "a unit is missing"); }

 private:
  semaphore_core<P> units_;
  guarded inside_;
};

// Units as signals: one release lets two go on, who give nothing back.
template <class P>
class semaphore_signals final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  semaphore_signals() : units_(2) {
    P::forget_workers();
    require(units_.try_acquire(2), "a fresh semaphore lacks units");
  }

  void thread(unsigned index) override {
    if (index == 0) {
      written_.add();
      require(units_.release(2), "a release of what was taken was called misuse");
    } else {
      units_.acquire(1, "acquire");
      require(written_.read() == 1, "an acquire returned before its release");
    }
  }

 private:
  semaphore_core<P> units_;
  guarded written_;
};

// Two rounds of one wait group: it may be used again once wait has returned. The second waiter of round one is the `more` list's.
template <class P>
class wait_group_rounds final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  wait_group_rounds() {
    P::forget_workers();
    ok(group_.add(2));
  }

  void thread(unsigned index) override {
    if (index != 0) {
      written_[index - 1].add();
      ok(group_.add(-1));
    }
    if (index != 1) {
      ok(group_.wait("wait"));
      require(written_[0].read() == 1 && written_[1].read() == 1, "wait returned before done");
    }
    if (index == 0) {
      while (returned_.load(acquire) == 0) checked::pause();
      ok(group_.add(1));
      again_.store(1u, release);
      ok(group_.wait("wait"));
      require(written_[2].read() == 1, "wait returned before done");
    } else if (index == 1) {
      while (again_.load(acquire) == 0) checked::pause();
      written_[2].add();
      ok(group_.add(-1));
    } else {
      returned_.store(1u, release);
    }
  }

 private:
  static void ok(wait_group_fault what) { require(what == wait_group_fault::none, "a correct use of the group was called misuse"); }

  wait_group_core<P> group_;
  guarded written_[3];
  atomic<checked, std::uint32_t> returned_{0}, again_{0};
};

// Misuse: an add that nothing orders against the wait. Some execution must show `Expected`, and none may hang or go wrong.
template <class P, wait_group_fault Expected>
class wait_group_misuse final : public scenario {
 public:
  static constexpr unsigned threads = 3;
  wait_group_misuse() {
    P::forget_workers();
    (void)group_.add(1);
  }

  void thread(unsigned index) override {
    if (index == 0) {
      note(group_.wait("wait"));
    } else if (index == 1) {
      note(group_.add(-1));
    } else {
      const wait_group_fault what = group_.add(1);
      note(what);
      if (what == wait_group_fault::none) note(group_.add(-1));
    }
  }

 private:
  static void note(wait_group_fault what) { require(what != Expected, "misuse, noticed"); }

  wait_group_core<P> group_;
};

}  // namespace stealyard::model
