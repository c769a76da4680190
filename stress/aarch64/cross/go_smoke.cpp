// What people write: run, go, channels, select, wait groups, mutexes, panics that are caught.
#include "smoke.hpp"

#include "core/go.hpp"
#include "core/go/select.hpp"
#include "core/go/sync.hpp"
#include "core/go/timer.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace stealyard::smoke {

namespace {

std::string unbuffered_channels_and_many_goroutines() {
  std::int64_t sum = 0;
  const int status = run({.workers = 2}, [&] {
    chan<std::int64_t> c;
    for (int i = 0; i != 300; ++i) go([=] { c.send(i); });
    for (int i = 0; i != 300; ++i) sum += c.recv();
  });
  return status != 0 ? "run returned " + std::to_string(status) : expect_equal("the sum", sum, 300 * 299 / 2);
}

std::string buffered_channels_close() {
  std::int64_t sum = 0;
  run({.workers = 2}, [&] {
    chan<std::int64_t> c(8);
    go([=] {
      for (int i = 0; i != 500; ++i) c.send(i);
      c.close();
    });
    for (std::int64_t v : c) sum += v;
  });
  return expect_equal("the sum", sum, 500 * 499 / 2);
}

std::string select_takes_each_case() {
  int received = 0, sent = 0, timed_out = 0, otherwise_taken = 0;
  run({.workers = 2}, [&] {
    chan<int> in, out, never;
    go([=] {
      for (int i = 0; i != 50; ++i) in.send(1);
    });
    go([=] {
      for (int i = 0; i != 50; ++i) out.recv();
    });
    while (received + sent != 100) {
      select(on_recv(in, [&](int v, bool) { received += v; }), on_send(out, 1, [&] { ++sent; }));
    }
    select(on_recv(never, [](int, bool) {}), otherwise([&] { ++otherwise_taken; }));
    select(on_recv(never, [](int, bool) {}), on_recv(after(std::chrono::milliseconds(2)), [&](auto, bool) { ++timed_out; }));
  });
  if (received != 50 || sent != 50) return std::to_string(received) + " received and " + std::to_string(sent) + " sent, not 50 of each";
  return otherwise_taken == 1 && timed_out == 1 ? "" : "the last two took a wrong case";
}

std::string mutex_and_wait_group_count() {
  int counted = 0;
  run({.workers = 2}, [&] {
    mutex m;
    wait_group group;
    for (int i = 0; i != 100; ++i) {
      group.go([&] {
        for (int k = 0; k != 10; ++k) {
          m.lock();
          const int before = counted;
          if (k % 3 == 0) yield();
          counted = before + 1;
          m.unlock();
        }
      });
    }
    group.wait();
  });
  return expect_equal("the count", counted, 1000);
}

// Each goroutine parks inside a catch block, beside others that do the same.
std::string exceptions_belong_to_goroutines() {
  std::atomic<int> own{0};
  run({.workers = 2}, [&] {
    wait_group group;
    for (int i = 0; i != 50; ++i) {
      group.go([&own, i] {
        try {
          try {
            panic(i);
          } catch (const panic_error&) {
            sleep(std::chrono::microseconds(100 * (50 - i)));
            throw;
          }
        } catch (const panic_error& e) {
          if (e.what() == std::to_string(i)) own.fetch_add(1);
        }
      });
    }
    group.wait();
  });
  return expect_equal("the number of goroutines that found their own exception", own.load(), 50);
}

std::string parked_goroutines_keep_their_stacks() {
  std::uint64_t sum = 0;
  run({.workers = 2}, [&] {
    chan<std::uint64_t> out(16);
    chan<int> gate;
    for (std::uint64_t i = 0; i != 200; ++i) {
      go([=] {
        volatile std::uint64_t mine[16];
        for (std::uint64_t k = 0; k != 16; ++k) mine[k] = i * 16 + k;
        gate.recv_ok();
        std::uint64_t total = 0;
        for (std::uint64_t k = 0; k != 16; ++k) total += mine[k];
        out.send(total);
      });
    }
    gate.close();
    for (int i = 0; i != 200; ++i) sum += out.recv();
  });
  return expect_equal("the sum", sum, 3200 * 3199 / 2);
}

// What is accepted at the least, and 1 KiB: this is compiled with little optimisation.
std::string small_stacks_hold_who_waits() {
  int sum = 0;
  run({.workers = 2, .stack = "slab_canary", .stack_size = fiber::chosen_switch::claims.least_size + 2048}, [&] {
    chan<int> c, gate;
    for (int i = 0; i != 100; ++i) {
      go([=] {
        gate.recv_ok();
        c.send(i);
      });
    }
    gate.close();
    for (int i = 0; i != 100; ++i) sum += c.recv();
  });
  return expect_equal("the sum", sum, 100 * 99 / 2);
}

}  // namespace

std::vector<check> go_checks() {
  return {{"go.unbuffered_channels_and_many_goroutines", &unbuffered_channels_and_many_goroutines},
          {"go.buffered_channels_close", &buffered_channels_close},
          {"go.select_takes_each_case", &select_takes_each_case},
          {"go.mutex_and_wait_group_count", &mutex_and_wait_group_count},
          {"go.exceptions_belong_to_goroutines", &exceptions_belong_to_goroutines},
          {"go.parked_goroutines_keep_their_stacks", &parked_goroutines_keep_their_stacks},
          {"go.small_stacks_hold_who_waits", &small_stacks_hold_who_waits}};
}

}  // namespace stealyard::smoke
