#include "core/go.hpp"
#include "stress/programs/seed/programs.hpp"

#include <cstdio>

namespace stealyard::programs {

namespace {

// What was said before must not be lost.
void say(const char* text) {
  std::printf("%s\n", text);
  std::fflush(stdout);
}

int deadlock() {
  chan<int> c;
  go([=] { c.send(1); });
  say("one is received");
  c.recv();
  c.recv();
  return 0;
}

int deadlock_in_select() {
  chan<int> c, d;
  go([=] { select(on_send(c, 1), on_recv(d)); });
  say("nobody comes");
  chan<int> e;
  select(on_recv(e), on_send(e, 2));
  return 0;
}

int send_on_closed() {
  chan<int> c(1);
  c.close();
  say("closed");
  c.send(1);
  return 0;
}

// The sender waits already when the channel is closed.
int send_while_closed() {
  chan<int> c;
  chan<bool> there;
  go([=] {
    say("waits");
    there.send(true);
    c.send(1);
  });
  there.recv();
  yield();
  c.close();
  chan<int>{}.recv();
  return 0;
}

int close_of_nil() {
  say("nil");
  chan<int>(nullptr).close();
  return 0;
}

int close_of_closed() {
  chan<int> c;
  c.close();
  say("once");
  c.close();
  return 0;
}

int impossible_size() {
  say("minus one");
  int size = -1;
  chan<int> c(size);
  return 0;
}

int panic_in_goroutine() {
  say("main waits");
  go([] { panic("boom"); });
  chan<int>{}.recv();
  return 0;
}

int negative_wait_group() {
  wait_group group;
  say("done without add");
  group.done();
  return 0;
}

int unlock_of_unlocked() {
  mutex m;
  say("not locked");
  m.unlock();
  return 0;
}

int goexit_from_main() {
  wait_group group;
  group.go([] { say("the other one ends"); });
  group.wait();
  goexit();
}

}  // namespace

std::vector<program> deaths() {
  constexpr needs watched{.sleeping_select = true};
  return {{"deadlock", {}, &deadlock, "deadlock", "fatal error: all goroutines are asleep - deadlock!\n"},
          {"deadlock_in_select", watched, &deadlock_in_select, "deadlock", "fatal error: all goroutines are asleep - deadlock!\n"},
          {"send_on_closed", {.buffered = arity::spsc}, &send_on_closed, "panic", "panic: send on closed channel\n"},
          {"send_while_closed", {}, &send_while_closed, "panic", "panic: send on closed channel\n"},
          {"close_of_nil", {}, &close_of_nil, "panic", "panic: close of nil channel\n"},
          {"close_of_closed", {}, &close_of_closed, "panic", "panic: close of closed channel\n"},
          {"impossible_size", {}, &impossible_size, "panic", "panic: makechan: size out of range\n"},
          {"panic_in_goroutine", {}, &panic_in_goroutine, "panic", "panic: boom\n"},
          {"negative_wait_group", {}, &negative_wait_group, "panic", "panic: sync: negative WaitGroup counter\n"},
          {"unlock_of_unlocked", {}, &unlock_of_unlocked, "unlock_of_unlocked_mutex", "fatal error: sync: unlock of unlocked mutex\n"},
          {"goexit_from_main",
           {},
           &goexit_from_main,
           "main_called_goexit",
           "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n"}};
}

}  // namespace stealyard::programs
