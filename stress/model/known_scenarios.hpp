// known_scenarios: small hand-written scenarios whose verdict is known, one for each thing that a checking world promises. Is the
// instrument what it says?
#pragma once
#include "stress/model/checked.hpp"
#include "stress/model/scenario.hpp"

#include <memory>
#include <mutex>

namespace stealyard::model::known {

using W = checked;

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

}  // namespace stealyard::model::known
