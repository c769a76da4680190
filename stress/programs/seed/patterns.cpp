#include "core/go.hpp"
#include "stress/programs/seed/programs.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <numeric>
#include <string>

namespace stealyard::programs {

namespace {

using namespace std::chrono_literals;

// Two producers, one select, until both are closed. Each one's values keep their order.
int fan_in() {
  const auto produce = [](int first) {
    chan<int> c;
    go([=] {
      for (int i = 0; i != 50; ++i) c.send(first + i);
      c.close();
    });
    return c;
  };
  chan<int> low = produce(0), high = produce(100);
  int next_low = 0, next_high = 100;
  while (low || high) {
    select(on_recv(low,
                   [&](int x, bool open) {
                     if (!open) return void(low = chan<int>(nullptr));
                     if (x != next_low++) std::printf("%d out of order\n", x);
                   }),
           on_recv(high, [&](int x, bool open) {
             if (!open) return void(high = chan<int>(nullptr));
             if (x != next_high++) std::printf("%d out of order\n", x);
           }));
  }
  std::printf("up to %d and %d\n", next_low, next_high);
  return 0;
}

int worker_pool() {
  constexpr int count = 30;
  chan<int> jobs(count);
  chan<int> results(count);
  wait_group group;
  for (int i = 0; i != 3; ++i) {
    group.go([=] {
      for (int job : jobs) results.send(job * job);
    });
  }
  for (int i = 1; i <= count; ++i) jobs.send(i);
  jobs.close();
  group.wait();
  results.close();
  int received = 0, sum = 0;
  for (int x : results) {
    ++received;
    sum += x;
  }
  std::printf("%d results, sum %d\n", received, sum);
  return 0;
}

int pipeline() {
  chan<int> numbers, squares;
  go([=] {
    for (int i = 1; i <= 10; ++i) numbers.send(i);
    numbers.close();
  });
  go([=] {
    for (int x : numbers) squares.send(x * x);
    squares.close();
  });
  for (int x : squares) std::printf("%d\n", x);
  return 0;
}

int prime_sieve() {
  chan<int> source;
  go([c = source] {
    for (int i = 2;; ++i) c.send(i);
  });
  for (int i = 0; i != 25; ++i) {
    const int prime = source.recv();
    std::printf("%d\n", prime);
    chan<int> filtered;
    go([in = source, out = filtered, prime] {
      for (;;) {
        const int x = in.recv();
        if (x % prime != 0) out.send(x);
      }
    });
    source = filtered;
  }
  return 0;
}

// McIlroy's power series: a series is a channel of its coefficients. tan' = 1 + tan², so tan is fed back into itself.
struct rational {
  std::int64_t over = 0, under = 1;
};
rational made(std::int64_t over, std::int64_t under) {
  const std::int64_t common = std::gcd(over, under);
  return common == 0 ? rational{} : rational{over / common, under / common};
}
rational operator+(rational a, rational b) { return made(a.over * b.under + b.over * a.under, a.under * b.under); }
rational operator*(rational a, rational b) { return made(a.over * b.over, a.under * b.under); }

using series = chan<rational>;

// Copies one series to two readers, each at its own pace; asks for more only when somebody has nothing.
void split(series in, series one, series other) {
  go([=] {
    std::deque<rational> for_one, for_other;
    const series nobody(nullptr);
    for (;;) {
      const bool hungry = for_one.empty() || for_other.empty();
      select(
          on_recv(hungry ? in : nobody,
                  [&](rational x) {
                    for_one.push_back(x);
                    for_other.push_back(x);
                  }),
          on_send(for_one.empty() ? nobody : one, for_one.empty() ? rational{} : for_one.front(), [&] { for_one.pop_front(); }),
          on_send(for_other.empty() ? nobody : other, for_other.empty() ? rational{} : for_other.front(), [&] { for_other.pop_front(); }));
    }
  });
}

// (f + xF)(g + xG) = fg + x(fG + gF) + x²FG
series multiply(series left, series right) {
  series product;
  go([=] {
    const rational f = left.recv(), g = right.recv();
    product.send(f * g);
    series f_scaled, f_rest, g_scaled, g_rest;
    split(left, f_scaled, f_rest);
    split(right, g_scaled, g_rest);
    product.send(f * g_scaled.recv() + g * f_scaled.recv());
    const series rest = multiply(f_rest, g_rest);
    for (;;) product.send(f * g_scaled.recv() + g * f_scaled.recv() + rest.recv());
  });
  return product;
}

series integrate(series in) {
  series out;
  go([=] {
    out.send(rational{});
    for (std::int64_t n = 1;; ++n) out.send(in.recv() * rational{1, n});
  });
  return out;
}

int power_series() {
  series derivative;
  const series tangent = integrate(derivative);
  series seen, fed_back, left, right;
  split(tangent, seen, fed_back);
  split(fed_back, left, right);
  const series square = multiply(left, right);
  constexpr int terms = 10;
  go([=] {
    derivative.send(rational{1, 1} + square.recv());
    for (int n = 1; n != terms; ++n) derivative.send(square.recv());  // without an end the numbers would outgrow theirs
  });
  for (int n = 0; n != terms; ++n) {
    const rational c = seen.recv();
    std::printf("x^%d %lld/%lld\n", n, static_cast<long long>(c.over), static_cast<long long>(c.under));
  }
  return 0;
}

int ring_of_1000() {
  constexpr int size = 1000, laps = 5;
  chan<int> first;
  chan<int> before = first;
  for (int i = 1; i != size; ++i) {
    chan<int> next;
    go([=] {
      for (int x : before) next.send(x + 1);
      next.close();
    });
    before = next;
  }
  int token = 0;
  for (int i = 0; i != laps; ++i) {
    go([=] { first.send(token); });
    token = before.recv() + 1;
  }
  first.close();
  const bool open = before.recv_ok().second;
  std::printf("token %d, ring %s\n", token, open ? "open" : "closed");
  return 0;
}

int semaphore_by_channel() {
  chan<bool> slots(3);
  std::atomic<int> inside{0}, most{0}, ran{0};
  wait_group group;
  for (int i = 0; i != 20; ++i) {
    group.go([&, slots] {
      slots.send(true);
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      yield();
      ++ran;
      --inside;
      slots.recv();
    });
  }
  group.wait();
  std::printf("%d ran, %s\n", ran.load(), most <= 3 ? "never more than 3" : "too many at once");
  return 0;
}

int timeouts() {
  chan<std::string> answer;
  select(on_recv(answer, [](const std::string& text) { std::printf("%s\n", text.c_str()); }),
         on_recv(after(2ms), [] { std::printf("timeout\n"); }));
  go([=] { answer.send("answer"); });
  select(on_recv(answer, [](const std::string& text) { std::printf("%s\n", text.c_str()); }),
         on_recv(after(10min), [] { std::printf("timeout\n"); }));
  return 0;
}

int cancellation() {
  auto [ctx, cancel] = with_cancel(background());
  chan<int> work;
  wait_group group;
  std::atomic<int> stopped{0};
  for (int i = 0; i != 4; ++i) {
    group.go([&, work, mine = ctx] {
      for (bool goes_on = true; goes_on;) {
        select(on_recv(work), on_recv(mine.done(), [&] { goes_on = false; }));
      }
      ++stopped;
    });
  }
  for (int i = 0; i != 20; ++i) work.send(i);
  cancel();
  group.wait();
  std::printf("%d stopped: %s\n", stopped.load(), std::string(to_string(ctx.err())).c_str());

  auto [brief, stop] = with_timeout(background(), 1ms);
  brief.done().recv();
  std::printf("%s\n", std::string(to_string(brief.err())).c_str());
  stop();
  return 0;
}

// A goroutine owns the state, and clients ask it over channels, each with a channel of its own for the answer.
int concurrent_server() {
  struct request {
    std::string key;
    chan<int> answer;
  };
  chan<request> requests;
  chan<bool> ended;
  go([=] {
    std::map<std::string, int> count;
    for (const request& r : requests) {
      const request asked = r;
      const int now = ++count[asked.key];
      go([=] { asked.answer.send(now); });
    }
    for (const auto& [key, n] : count) std::printf("%s %d\n", key.c_str(), n);
    ended.send(true);
  });
  wait_group clients;
  for (int i = 0; i != 8; ++i) {
    clients.go([=] {
      const std::string key = i % 2 == 0 ? "even" : "odd";
      int last = 0;
      for (int k = 0; k != 25; ++k) {
        const chan<int> answer;
        requests.send({key, answer});
        const int now = answer.recv();
        if (now <= last) std::printf("answer %d after %d\n", now, last);
        last = now;
      }
    });
  }
  clients.wait();
  requests.close();
  ended.recv();
  return 0;
}

}  // namespace

std::vector<program> patterns() {
  constexpr needs meets_itself{.sleeping_select = true};  // selects meet each other on unbuffered channels
  return {{"fan_in", {}, &fan_in},
          {"worker_pool", {.buffered = arity::mpmc}, &worker_pool},
          {"pipeline", {}, &pipeline},
          {"prime_sieve", {}, &prime_sieve},
          {"power_series", meets_itself, &power_series},
          {"ring_of_1000", {}, &ring_of_1000},
          {"semaphore_by_channel", {.buffered = arity::mpmc}, &semaphore_by_channel},
          {"timeouts", {}, &timeouts},
          {"cancellation", {}, &cancellation},
          {"concurrent_server", {}, &concurrent_server}};
}

}  // namespace stealyard::programs
