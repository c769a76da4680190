// Go's memory model on modelled memory: two threads, one variable, the product's own channels and locks. `ordered` rules must be clean in
// every execution; the others rely on an edge that Go does not promise, and some execution must show the race ("misuse.memory.…").
// The same rules, and more, in the words of their users and with goroutines: stress/go/memory_model.
#pragma once
#include "core/go/chan_core.hpp"
#include "core/go/mutex_core.hpp"
#include "core/go/rw_mutex_core.hpp"
#include "core/go/wait_group_core.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

// What the rules use. Buffer: of the channel, null: mutex_ring.
template <class P>
struct memory_stage {
  using element = std::uint32_t;

  chan_core<P, element> channel;
  mutex_core<P> mutex;
  rw_mutex_core<P> rw_mutex;
  wait_group_core<P> group;
  relacy::plain<std::uint32_t> x;

  memory_stage(std::size_t capacity, std::unique_ptr<abstract_buffer<element>> buffer) : channel(capacity, std::move(buffer)) {}

  void touch() { x.poke() += 1; }
  bool send() {
    element e = 1;
    return channel.send(e, "send") == outcome::ok;
  }
  bool recv() {
    landing<element> into;
    return channel.recv(into, "recv") == outcome::ok;
  }
};

// A rule: its capacity, and what either thread does.
struct rule_send_then_receive {
  template <class S>
  static void first(S& s) {
    s.touch();
    s.send();
  }
  template <class S>
  static void second(S& s) {
    s.recv();
    s.touch();
  }
};
struct rule_close {
  template <class S>
  static void first(S& s) {
    s.touch();
    s.channel.close();
  }
  template <class S>
  static void second(S& s) {
    require(!s.recv(), "received from a channel that nobody sends to");
    s.touch();
  }
};
// A receive, and the completion of as many sends: the first receive goes before the (1 + capacity)-th send, and no earlier one.
template <unsigned Sends>
struct rule_receive_then_sends {
  template <class S>
  static void first(S& s) {
    s.touch();
    s.recv();
  }
  template <class S>
  static void second(S& s) {
    for (unsigned i = 0; i != Sends; ++i) s.send();
    s.touch();
  }
};
struct rule_after_the_send {
  template <class S>
  static void first(S& s) {
    s.send();
    s.touch();
  }
  template <class S>
  static void second(S& s) {
    s.recv();
    s.touch();
  }
};
struct rule_close_before_what_was_inside {
  template <class S>
  static void first(S& s) {
    s.touch();
    s.channel.close();
  }
  template <class S>
  static void second(S& s) {
    if (s.send() && s.recv()) s.touch();
  }
};
struct rule_a_failed_try_lock {
  template <class S>
  static void first(S& s) {
    s.mutex.lock("lock");
    s.touch();
    s.mutex.unlock();
  }
  template <class S>
  static void second(S& s) {
    if (s.mutex.try_lock()) {
      s.mutex.unlock();
    } else {
      s.touch();
    }
  }
};
struct rule_a_try_lock {
  template <class S>
  static void first(S& s) {
    s.mutex.lock("lock");
    s.touch();
    s.mutex.unlock();
  }
  template <class S>
  static void second(S& s) {
    if (!s.mutex.try_lock()) return;
    s.touch();
    s.mutex.unlock();
  }
};
struct rule_after_the_unlock {
  template <class S>
  static void first(S& s) {
    s.mutex.lock("lock");
    s.mutex.unlock();
    s.touch();
  }
  template <class S>
  static void second(S& s) {
    s.mutex.lock("lock");
    s.touch();
    s.mutex.unlock();
  }
};
struct rule_readers {
  template <class S>
  static void first(S& s) {
    s.rw_mutex.lock_shared("read");
    s.touch();
    s.rw_mutex.unlock_shared();
  }
  template <class S>
  static void second(S& s) {
    first(s);
  }
};
struct rule_after_done {
  template <class S>
  static void first(S& s) {
    s.group.add(-1);
    s.touch();
  }
  template <class S>
  static void second(S& s) {
    s.group.wait("wait");
    s.touch();
  }
};
struct rule_done {
  template <class S>
  static void first(S& s) {
    s.touch();
    s.group.add(-1);
  }
  template <class S>
  static void second(S& s) {
    s.group.wait("wait");
    s.touch();
  }
};

struct no_buffer {
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make(std::size_t) {
    return nullptr;
  }
};
template <template <class, class> class Buffer>
struct lock_free_buffer {
  template <class T>
  static std::unique_ptr<abstract_buffer<T>> make(std::size_t capacity) {
    return std::make_unique<buffer_box<Buffer<relacy, T>, T>>(capacity);
  }
};

template <class P, class Rule, std::size_t Capacity, class Buffer = no_buffer>
class memory_rule final : public scenario {
  memory_stage<P> stage_{Capacity, Buffer::template make<typename memory_stage<P>::element>(Capacity)};

 public:
  static constexpr unsigned threads = 2;

  memory_rule() {
    P::forget_workers();
    stage_.x.put(0u);
    stage_.group.add(1);
  }
  void thread(unsigned index) override {
    if (index == 0) {
      Rule::first(stage_);
    } else {
      Rule::second(stage_);
    }
  }
};

}  // namespace stealyard::model
