// Go's memory model, rule by rule, as programs: `ordered` ones, whose two accesses to x some promised edge orders, and `racy` ones, which
// rely on an edge that Go does not promise. In a tsan-go build the first must be silent and each of the second be reported. (Elsewhere they
// show that the implementation keeps more order than it promises, and so prove nothing.)
//
//   stealyard-memory-model RULE     on 1 worker, where one goroutine runs after the other whatever their program says, and on 3
//   stealyard-memory-model --list   `ordered RULE` or `racy RULE` a line
//
// What must come first in time, and yet must not be an edge, is told by a relaxed atomic (flag).
#include "core/go.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <string_view>

namespace {

using namespace stealyard;
using namespace std::chrono_literals;

// Says when, and orders nothing.
class flag {
  std::atomic<int> raised_{0};

 public:
  void raise() { raised_.fetch_add(1, std::memory_order_relaxed); }
  void await(int times = 1) const {
    while (raised_.load(std::memory_order_relaxed) < times) yield();
  }
};

// What every program has: the variable, and how to touch it so that no compiler thinks twice.
struct shared {
  int x = 0;
  // TSan remembers four accesses of eight bytes: those of a flag beside x would drive out x's.
  alignas(8) flag first;
  alignas(8) flag ended;

  [[gnu::noinline]] void write() { x = x + 1; }
  [[gnu::noinline]] void read() const {
    if (x == 12345) std::printf("never\n");
  }
};

struct rule {
  std::string_view name;
  bool ordered;
  void (*run)(shared& s);
};

constexpr bool ordered = true, racy = false;

const rule rules[] = {
    // run(): what came before it, main sees; what main did, and whoever ended or was left behind, sees who called run (run_rule).
    {"run_itself", ordered, [](shared& s) { s.write(); }},
    {"run_and_who_ended", ordered,
     [](shared& s) {
       go([&] {
         s.write();
         s.ended.raise();
       });
       s.ended.await();
     }},
    {"run_and_who_is_left", ordered,
     [](shared& s) {
       go([&] {
         s.write();
         s.ended.raise();
         chan<int>().recv();
       });
       s.ended.await();
     }},
    {"run_and_who_is_unwound", ordered,
     [](shared& s) {
       struct at_end {
         shared& s;
         ~at_end() { s.write(); }
       };
       go([&] {
         const at_end mine{s};
         go([&] {
           const at_end goes_first{s};
           s.ended.raise();
           chan<int>().recv();
         });
         s.ended.raise();
         chan<int>().recv();
       });
       s.write();
       s.ended.await(2);
     }},
    {"run_and_another_goroutine", racy,
     [](shared& s) {
       go([&] {
         s.first.raise();
         s.write();
         s.ended.raise();
       });
       s.first.await();
       s.read();
       s.ended.await();
     }},

    // 1. The go statement goes before the start of the goroutine; what follows the statement is not.
    {"go_statement", ordered,
     [](shared& s) {
       s.write();
       go([&] {
         s.write();
         s.ended.raise();
       });
       s.ended.await();
     }},
    {"after_the_go_statement", racy,
     [](shared& s) {
       go([&] {
         s.first.await();
         s.read();
         s.ended.raise();
       });
       s.write();
       s.first.raise();
       s.ended.await();
     }},
    {"wait_group_go", ordered,
     [](shared& s) {
       wait_group group;
       s.write();
       group.go([&] { s.write(); });
       group.wait();
       s.write();
     }},

    // 2. The end of a goroutine goes before nothing, however one learns of it.
    {"goroutine_end", racy,
     [](shared& s) {
       go([&] {
         s.write();
         s.ended.raise();
       });
       s.ended.await();
       s.read();
     }},
    {"goroutine_end_seen_by_num_goroutine", racy,
     [](shared& s) {
       go([&] { s.write(); });
       while (num_goroutine() != 1) yield();
       s.read();
     }},
    {"goroutine_end_and_a_later_goroutine", racy,
     [](shared& s) {
       chan<int> hold;
       go([&] {
         s.first.await();
         s.read();
         s.ended.raise();
       });
       go([&] {
         s.write();
         s.first.raise();
       });
       s.ended.await();
     }},

    // 3. A send goes before the completion of its receive.
    {"unbuffered_send", ordered,
     [](shared& s) {
       chan<int> c;
       go([&, c] {
         s.write();
         c.send(1);
       });
       c.recv();
       s.write();
     }},
    {"buffered_send", ordered,
     [](shared& s) {
       chan<int> c(2);
       go([&, c] {
         for (int i = 0; i != 5; ++i) {
           s.write();
           c.send(1);
         }
       });
       for (int i = 0; i != 5; ++i) c.recv();
       s.write();
     }},
    {"send_to_a_waiting_receiver", ordered,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.first.raise();
         c.recv();
         s.write();
         s.ended.raise();
       });
       s.first.await();
       yield();
       s.write();
       c.send(1);
       s.ended.await();
     }},
    {"send_by_a_waiting_sender", ordered,
     [](shared& s) {
       chan<int> c(1);
       c.send(0);
       go([&, c] {
         s.write();
         s.first.raise();
         c.send(1);
       });
       s.first.await();
       yield();
       c.recv();
       c.recv();
       s.write();
     }},
    {"after_the_send", racy,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         c.send(1);
         s.write();
         s.ended.raise();
       });
       c.recv();
       s.ended.await();
       s.read();
     }},
    {"another_senders_send", racy,
     [](shared& s) {
       chan<int> c(2);
       c.send(0);
       go([&, c] {
         s.write();
         c.send(1);
         s.first.raise();
       });
       s.first.await();
       c.recv();  // of the first send, which is our own
       s.read();
     }},
    {"the_length", racy,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.write();
         c.send(1);
       });
       while (c.len() == 0) yield();
       s.read();
     }},
    {"a_try_that_found_nothing", racy,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.write();
         c.try_recv();
         s.first.raise();
       });
       s.first.await();
       c.try_recv();
       s.read();
     }},

    // 4. close goes before a receive that returns because of it, and before no other.
    {"close", ordered,
     [](shared& s) {
       chan<int> c;
       go([&, c] {
         s.write();
         c.close();
       });
       c.recv();
       s.write();
     }},
    {"close_seen_later", ordered,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.write();
         c.close();
         s.first.raise();
       });
       s.first.await();
       c.recv_ok();
       s.write();
     }},
    {"close_before_what_was_inside", racy,
     [](shared& s) {
       chan<int> c(1);
       c.send(1);
       go([&, c] {
         s.write();
         c.close();
         s.first.raise();
       });
       s.first.await();
       c.recv();
       s.read();
     }},

    // 5. Unbuffered: a receive goes before the completion of its send. Buffered: not.
    {"unbuffered_receive", ordered,
     [](shared& s) {
       chan<int> c;
       go([&, c] {
         s.write();
         c.recv();
       });
       c.send(1);
       s.write();
     }},
    {"unbuffered_receive_from_a_waiting_sender", ordered,
     [](shared& s) {
       chan<int> c;
       go([&, c] {
         s.first.await();
         yield();
         s.write();
         c.recv();
       });
       s.first.raise();
       c.send(1);
       s.write();
     }},
    {"buffered_receive", racy,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.write();
         c.recv();
         s.ended.raise();
       });
       c.send(1);
       s.ended.await();
       s.read();
     }},
    {"buffered_receive_that_waited", racy,
     [](shared& s) {
       chan<int> c(1);
       go([&, c] {
         s.write();
         s.first.raise();
         c.recv();
       });
       s.first.await();
       yield();
       c.send(1);
       s.read();
     }},
    {"after_the_unbuffered_receive", racy,
     [](shared& s) {
       chan<int> c;
       go([&, c] {
         c.recv();
         s.write();
         s.ended.raise();
       });
       c.send(1);
       s.ended.await();
       s.read();
     }},

    // 6. The k-th receive goes before the completion of the (k+C)-th send, and of no earlier one.
    {"kth_receive_and_send_k_plus_C", ordered,
     [](shared& s) {
       chan<int> c(3);
       go([&, c] {
         s.write();
         c.recv();
       });
       for (int i = 0; i != 4; ++i) c.send(i);
       s.write();
     }},
    {"kth_receive_and_send_k_plus_C_around_the_ring", ordered,
     [](shared& s) {
       chan<int> c(2);
       for (int i = 0; i != 5; ++i) {
         c.send(i);
         c.recv();
       }
       go([&, c] {
         s.write();
         c.recv();
       });
       for (int i = 0; i != 3; ++i) c.send(i);
       s.write();
     }},
    {"kth_receive_and_send_k_plus_C_less_one", racy,
     [](shared& s) {
       chan<int> c(3);
       go([&, c] {
         s.write();
         c.recv();
         s.ended.raise();
       });
       for (int i = 0; i != 3; ++i) c.send(i);
       s.ended.await();
       s.read();
     }},
    {"kth_receive_and_a_send_of_another_slot", racy,
     [](shared& s) {
       chan<int> c(2);
       c.send(0);
       c.send(1);
       c.recv();
       go([&, c] {
         s.write();
         c.recv();  // the second: goes before the fourth send
         s.ended.raise();
       });
       s.ended.await();
       c.send(2);  // the third
       s.read();
     }},

    // 7. The n-th Unlock goes before the m-th Lock returns, n < m; of readers, with writers only.
    {"mutex", ordered,
     [](shared& s) {
       mutex m;
       const auto work = [&] {
         for (int i = 0; i != 10; ++i) {
           const std::lock_guard lock(m);
           s.write();
           yield();
         }
         s.ended.raise();
       };
       go(work);
       go(work);
       s.ended.await(2);
     }},
    {"after_the_unlock", racy,
     [](shared& s) {
       mutex m;
       go([&] {
         m.lock();
         m.unlock();
         s.write();
         s.first.raise();
       });
       s.first.await();
       m.lock();
       s.read();
       m.unlock();
     }},
    {"another_mutex", racy,
     [](shared& s) {
       mutex m, other;
       go([&] {
         const std::lock_guard lock(m);
         s.write();
         s.first.raise();
       });
       s.first.await();
       const std::lock_guard lock(other);
       s.read();
     }},
    {"rw_mutex", ordered,
     [](shared& s) {
       rw_mutex m;
       for (int i = 0; i != 2; ++i) {
         go([&] {
           for (int k = 0; k != 10; ++k) {
             m.lock();
             s.write();
             m.unlock();
             const std::shared_lock lock(m);
             s.read();
           }
           s.ended.raise();
         });
       }
       s.ended.await(2);
     }},
    {"rw_mutex_readers", racy,
     [](shared& s) {
       rw_mutex m;
       go([&] {
         const std::shared_lock lock(m);
         s.write();
         s.first.raise();
       });
       s.first.await();
       const std::shared_lock lock(m);
       s.read();
     }},

    // 8. A try_lock that succeeds is a lock; one that fails goes after nothing.
    {"try_lock", ordered,
     [](shared& s) {
       mutex m;
       go([&] {
         m.lock();
         s.write();
         m.unlock();
         s.first.raise();
       });
       s.first.await();
       if (!m.try_lock()) return;
       s.write();
       m.unlock();
     }},
    {"a_failed_try_lock", racy,
     [](shared& s) {
       mutex m;
       m.lock();
       go([&] {
         s.write();
         m.unlock();
         m.lock();
         s.first.raise();
       });
       s.first.await();
       if (!m.try_lock()) s.read();
     }},
    {"a_failed_try_lock_for_reading", racy,
     [](shared& s) {
       rw_mutex m;
       go([&] {
         m.lock();
         s.write();
         s.first.raise();
       });
       s.first.await();
       if (!m.try_lock_shared()) s.read();
     }},

    // 9. f's return goes before that of any call of once; what another caller did before goes before nothing.
    {"once", ordered,
     [](shared& s) {
       once o;
       for (int i = 0; i != 3; ++i) {
         go([&] {
           o.call([&] { s.write(); });
           s.read();
           s.ended.raise();
         });
       }
       s.ended.await(3);
     }},
    {"once_called_by_another", racy,
     [](shared& s) {
       once o;
       o.call([] {});
       go([&] {
         s.write();
         o.call([] {});
         s.first.raise();
       });
       s.first.await();
       o.call([] {});
       s.read();
     }},

    // 10. done goes before the wait it lets return; a signal before the wait it wakes; put before the get that takes the value.
    {"wait_group", ordered,
     [](shared& s) {
       wait_group group;
       int y = 0;
       group.add(2);
       go([&] {
         s.write();
         group.done();
       });
       go([&] {
         ++y;
         group.done();
       });
       group.wait();
       s.write();
       ++y;
     }},
    {"wait_group_zero_already", ordered,
     [](shared& s) {
       wait_group group;
       group.add(1);
       go([&] {
         s.write();
         group.done();
         s.first.raise();
       });
       s.first.await();
       group.wait();
       s.write();
     }},
    {"after_done", racy,
     [](shared& s) {
       wait_group group;
       group.add(1);
       go([&] {
         group.done();
         s.write();
         s.ended.raise();
       });
       group.wait();
       s.ended.await();
       s.read();
     }},
    {"done_and_anothers_done", racy,
     [](shared& s) {
       wait_group group;
       group.add(2);
       go([&] {
         s.write();
         group.done();
         s.first.raise();
       });
       s.first.await();
       group.done();
       s.read();
     }},
    {"cond_signal", ordered,
     [](shared& s) {
       mutex m, unrelated;
       cond c(unrelated);
       go([&] {
         s.first.await();
         unrelated.lock();  // it waits by now
         unrelated.unlock();
         s.write();
         c.signal();
       });
       unrelated.lock();
       s.first.raise();
       c.wait();
       unrelated.unlock();
       s.write();
     }},
    {"cond_broadcast", ordered,
     [](shared& s) {
       mutex unrelated;
       cond c(unrelated);
       go([&] {
         s.first.await();
         unrelated.lock();
         unrelated.unlock();
         s.write();
         c.broadcast();
       });
       unrelated.lock();
       s.first.raise();
       c.wait();
       unrelated.unlock();
       s.write();
     }},
    {"after_the_signal", racy,
     [](shared& s) {
       mutex unrelated;
       cond c(unrelated);
       go([&] {
         s.first.await();
         unrelated.lock();
         unrelated.unlock();
         c.signal();
         s.write();
         s.ended.raise();
       });
       unrelated.lock();
       s.first.raise();
       c.wait();
       unrelated.unlock();
       s.ended.await();
       s.read();
     }},
    {"after_the_put", racy,
     [](shared& s) {
       pool<int*> spare([] { return nullptr; });
       go([&] {
         spare.put(&s.x);
         s.write();
         s.first.raise();
       });
       s.first.await();
       if (spare.get() != nullptr) s.read();
     }},
    {"pool", ordered,
     [](shared& s) {
       pool<int*> spare([] { return nullptr; });
       go([&] {
         s.write();
         spare.put(&s.x);
         s.first.raise();
       });
       s.first.await();
       if (spare.get() != nullptr) s.write();
     }},
    {"semaphore_release", ordered,
     [](shared& s) {
       semaphore units(1);
       units.acquire();
       go([&] {
         s.write();
         units.release();
       });
       units.acquire();
       s.write();
     }},

    // select: as the operation chosen, and no other case of it.
    {"select_receive", ordered,
     [](shared& s) {
       chan<int> c, never;
       go([&, c] {
         s.write();
         c.send(1);
       });
       select(on_recv(c), on_recv(never));
       s.write();
     }},
    {"select_send", ordered,
     [](shared& s) {
       chan<int> c, never;
       go([&, c] {
         s.write();
         c.recv();
       });
       select(on_send(c, 1), on_recv(never));
       s.write();
     }},
    {"select_of_closed", ordered,
     [](shared& s) {
       chan<int> c, never;
       go([&, c] {
         s.write();
         c.close();
       });
       select(on_recv(never), on_recv(c));
       s.write();
     }},
    {"select_meets_select", ordered,
     [](shared& s) {
       chan<int> c, never;
       go([&, c, never] {
         s.write();
         select(on_send(c, 1), on_send(never, 2));
       });
       chan<int> neither;
       select(on_recv(neither), on_recv(c));
       s.write();
     }},
    {"select_otherwise", racy,
     [](shared& s) {
       chan<int> c, d;
       go([&, c, d] {
         s.write();
         select(on_recv(c), on_recv(d), otherwise([] {}));
         s.first.raise();
       });
       s.first.await();
       select(on_recv(c), on_recv(d), otherwise([] {}));
       s.read();
     }},
    {"select_case_not_chosen", racy,
     [](shared& s) {
       chan<int> c, d(1);
       go([&, c] {
         s.write();
         s.first.raise();
         c.send(1);
       });
       s.first.await();
       yield();
       d.send(1);
       select(on_recv(d), on_recv(chan<int>(nullptr)));
       s.read();
       c.recv();
     }},

    // Time orders nothing. What a timer calls comes after its arming.
    {"after_func", ordered,
     [](shared& s) {
       s.write();
       after_func(1us, [&] {
         s.write();
         s.ended.raise();
       });
       s.ended.await();
     }},
    {"after_the_arming", racy,
     [](shared& s) {
       after_func(1us, [&] {
         s.first.await();
         s.read();
         s.ended.raise();
       });
       s.write();
       s.first.raise();
       s.ended.await();
     }},
    {"sleep", racy,
     [](shared& s) {
       go([&] {
         s.write();
         s.ended.raise();
       });
       sleep(1ms);
       s.ended.await();
       s.read();
     }},
    {"yield", racy,
     [](shared& s) {
       go([&] {
         for (int i = 0; i != 10; ++i) yield();
         s.write();
         s.ended.raise();
       });
       for (int i = 0; i != 10; ++i) yield();
       s.ended.await();
       s.read();
     }},

    // In a bubble of virtual time: blocking goes before the bubble_wait that returns because of it, ending before bubble()'s return. That
    // one
    // runs at a time, in the order of what is due, is no edge.
    {"bubble_wait", ordered,
     [](shared& s) {
       bubble([&] {
         chan<int> hold;
         go([&, hold] {
           s.write();
           hold.recv();
           s.write();
         });
         bubble_wait();
         s.write();
         hold.send(1);
         bubble_wait();
         s.write();
       });
     }},
    {"bubble_end", ordered,
     [](shared& s) {
       bubble([&] {
         go([&] {
           sleep(1s);
           s.write();
         });
       });
       s.write();
     }},
    {"bubble_due_order", racy,
     [](shared& s) {
       bubble([&] {
         go([&] {
           sleep(1s);
           s.write();
         });
         go([&] {
           sleep(2s);
           s.read();
         });
       });
     }},
    {"after_the_bubble_wait", racy,
     [](shared& s) {
       bubble([&] {
         go([&] {
           sleep(1s);
           s.write();
         });
         bubble_wait();
         sleep(2s);
         s.read();
       });
     }},

    // C++'s atomics are its own.
    {"atomic_release_and_acquire", ordered,
     [](shared& s) {
       std::atomic<int> there{0};
       go([&] {
         s.write();
         there.store(1, std::memory_order_release);
       });
       while (there.load(std::memory_order_acquire) == 0) yield();
       s.write();
     }},
    {"context_cancel", ordered,
     [](shared& s) {
       auto [ctx, cancel] = with_cancel(background());
       go([&, end = cancel] {
         s.write();
         end();
       });
       ctx.done().recv();
       s.write();
     }},
};

int run_rule(const rule& r) {
  for (const unsigned workers : {1u, 3u}) {
    shared& s = *new shared;  // never freed: that would be one more access, which nothing orders
    s.write();
    const exit_policy on_exit = r.name.ends_with("unwound") ? exit_policy::unwind : exit_policy::discard;
    const int status = run({.workers = workers, .stack_size = std::size_t{512} << 10, .on_exit = on_exit}, [&] { r.run(s); });
    if (status != 0) return status;
    if (r.ordered && r.name.starts_with("run_")) s.write();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc == 2 ? argv[1] : "";
  for (const rule& r : rules) {
    if (wanted == "--list") std::printf("%s %s\n", r.ordered ? "ordered" : "racy", std::string(r.name).c_str());
    if (wanted == r.name) return run_rule(r);
  }
  if (wanted == "--list") return 0;
  std::fprintf(stderr, "stealyard-memory-model: \"%s\": accepted is one of --list\n", std::string(wanted).c_str());
  return 2;
}
