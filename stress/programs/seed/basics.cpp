#include "core/go.hpp"
#include "stress/programs/seed/programs.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <mutex>

namespace stealyard::programs {

namespace {

using namespace std::chrono_literals;

int hello() {
  chan<bool> done;
  go([=] {
    std::printf("hello from a goroutine\n");
    done.send(true);
  });
  done.recv();
  std::printf("hello from main\n");
  return 0;
}

int unbuffered_hand_off() {
  chan<int> there, back;
  int written = 0;  // by both, in turn: the hand-off is what orders them
  go([=, &written] {
    for (int x : there) {
      written += x;
      back.send(x * x);
    }
    back.close();
  });
  for (int i = 1; i <= 5; ++i) {
    there.send(i);
    std::printf("%d squared is %d\n", i, back.recv());
    written *= 2;
  }
  there.close();
  auto [last, open] = back.recv_ok();
  std::printf("written %d, then %d %s\n", written, last, open ? "open" : "closed");
  return 0;
}

int buffered_hand_off() {
  chan<int> c(3);
  for (int i = 1; i <= 3; ++i) c.send(i);  // nobody receives yet
  std::printf("len %zu cap %zu\n", c.len(), c.cap());
  chan<bool> sent;
  go([=] {
    c.send(4);  // waits for room
    sent.send(true);
  });
  for (int i = 1; i <= 4; ++i) std::printf("received %d\n", c.recv());
  sent.recv();
  std::printf("len %zu cap %zu\n", c.len(), c.cap());
  return 0;
}

int two_workers() {
  wait_group group;
  std::array<const char*, 2> report{};
  for (int i = 0; i != 2; ++i) {
    group.add(1);
    go([&group, &report, i] {
      sleep(1ms * (2 - i));
      report[static_cast<std::size_t>(i)] = "done";
      group.done();
    });
  }
  group.wait();
  for (int i = 0; i != 2; ++i) std::printf("worker %d %s\n", i, report[static_cast<std::size_t>(i)]);
  return 0;
}

int guarded_counter() {
  mutex m;
  int counter = 0;
  wait_group group;
  for (int i = 0; i != 10; ++i) {
    group.go([&] {
      for (int k = 0; k != 100; ++k) {
        const std::lock_guard lock(m);
        ++counter;
      }
    });
  }
  group.wait();
  std::printf("%d\n", counter);
  return 0;
}

int producer_consumer() {
  chan<int> c(4);
  go([=] {
    for (int i = 0; i != 100; ++i) c.send(i);
    c.close();
  });
  int received = 0, sum = 0;
  for (int x : c) {
    if (x != received++) std::printf("%d out of order\n", x);
    sum += x;
  }
  std::printf("received %d, sum %d\n", received, sum);
  return 0;
}

int main_returns() {
  go([] {
    chan<int>{}.recv();  // for ever, but main does not wait for it
    std::printf("never said\n");
  });
  go([] {
    for (;;) yield();
  });
  yield();
  std::printf("main returns\n");
  return 0;
}

int exit_status() {
  std::printf("status 3\n");
  return 3;
}

}  // namespace

std::vector<program> basics() {
  constexpr needs one_to_one{.buffered = arity::spsc, .fifo = true};
  return {{"hello", {}, &hello},
          {"unbuffered_hand_off", {}, &unbuffered_hand_off},
          {"buffered_hand_off", one_to_one, &buffered_hand_off},
          {"two_workers", {}, &two_workers},
          {"guarded_counter", {}, &guarded_counter},
          {"producer_consumer", one_to_one, &producer_consumer},
          {"main_returns", {}, &main_returns},
          {"exit_status", {}, &exit_status}};
}

}  // namespace stealyard::programs
