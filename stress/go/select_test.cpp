// select: what the Go specification says of it, and what reference/api.md adds.
#include "stress/go/support.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <thread>
#include <unistd.h>
#include <sys/select.h>

namespace stealyard::go_tests {

namespace {

const char closed_text[] = "send on closed channel";

struct no_default {
  int value;
  explicit no_default(int v) : value(v) {}
};

// How far the count of one of `cases` equally likely outcomes may be from its mean, once in a million runs of the whole test: six nines.
// Normal approximation; a union bound over the cases.
double six_nines(double trials, double cases) {
  const double p = 1 / cases;
  const double tail = 1e-6 / cases;
  return std::sqrt(2 * std::log(2 / tail) * trials * p * (1 - p)) + 1;  // Chernoff, sub-Gaussian
}
void expect_uniform(const std::vector<int>& counts) {
  double trials = 0;
  for (const int n : counts) trials += n;
  const double mean = trials / static_cast<double>(counts.size());
  for (std::size_t i = 0; i != counts.size(); ++i) {
    EXPECT_LE(std::abs(counts[i] - mean), six_nines(trials, static_cast<double>(counts.size()))) << "case " << i << " of " << counts.size();
  }
}

std::size_t resident_bytes() {
  std::size_t pages = 0;
  if (FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%*s %zu", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

STEALYARD_ON_ROWS(go_select);

TEST_P(go_select, the_ready_case_proceeds) {
  run([] {
    for (const int capacity : {1, 3}) {
      chan<int> full(capacity), empty(capacity);
      for (int i = 0; i != capacity; ++i) full.send(i);
      int got = -1;
      bool was_open = false;
      EXPECT_EQ(select(on_recv(empty, [](int) { ADD_FAILURE(); }), on_recv(full, [&](int v, bool open) { got = v, was_open = open; }),
                       on_send(full, 9, [] { ADD_FAILURE(); })),
                1u);
      EXPECT_EQ(got, 0);
      EXPECT_TRUE(was_open);
      EXPECT_EQ(full.len(), static_cast<std::size_t>(capacity) - 1);
      full.send(7);
      EXPECT_EQ(select(on_send(full, 9), on_send(empty, 8)), 1u);
      EXPECT_EQ(empty.recv(), 8);
    }
  });
}

TEST_P(go_select, blocks_until_a_case_can_proceed) {
  run([] {
    for (const int capacity : {0, 1}) {
      chan<int> a(capacity), b(capacity), full(1);
      full.send(0);
      wait_group group;
      group.go([=] {
        for (int i = 0; i != 20; ++i) yield();
        b.send(7);
      });
      int got = 0;
      EXPECT_EQ(select(on_recv(a, [&](int) { ADD_FAILURE(); }), on_recv(b, [&](int v) { got = v; }), on_send(full, 1)), 1u);
      EXPECT_EQ(got, 7);
      group.wait();
      group.go([=] {
        for (int i = 0; i != 20; ++i) yield();
        EXPECT_EQ(full.recv(), 0);
      });
      EXPECT_EQ(select(on_recv(a), on_recv(b), on_send(full, 1)), 2u);
      EXPECT_EQ(full.recv(), 1);
      group.wait();
    }
  });
}

TEST_P(go_select, otherwise_only_if_nothing_is_ready) {
  run([] {
    chan<int> a(1), b(1), unbuffered;
    bool nothing = false;
    EXPECT_EQ(select(on_recv(a), on_recv(b), otherwise([&] { nothing = true; })), 2u);
    EXPECT_TRUE(nothing);
    EXPECT_EQ(select(otherwise([&] { nothing = false; }), on_send(unbuffered, 1), on_recv(b)), 0u) << "anywhere in the list";
    EXPECT_FALSE(nothing);
    EXPECT_EQ(select(on_recv(unbuffered), otherwise([] {})), 1u);
    EXPECT_EQ(select(otherwise([] {}), on_recv(unbuffered)), 0u);
    EXPECT_EQ(select(on_send(a, 1), otherwise([] { ADD_FAILURE(); })), 0u);
    EXPECT_EQ(select(otherwise([] { ADD_FAILURE(); }), on_recv(b), on_recv(a)), 2u);
    EXPECT_EQ(select(otherwise([&] { nothing = true; })), 0u) << "alone";
    EXPECT_TRUE(nothing);
  });
}

// At each instant one of two channels holds a token; whoever looks at one after the other may find neither.
TEST_P(go_select, otherwise_sees_one_instant) {
  if (!claims_of_selector(GetParam()).snapshot || !channels_have_locks(GetParam())) GTEST_SKIP() << "not applicable: no snapshot claimed";
  run([this] {
    chan<int> a(1), b(1);
    std::atomic<bool> stop{false};
    a.send(1);
    wait_group group;
    group.go([&] {  // moves the token: into the other first
      while (!stop) {
        b.send(1), a.recv(), a.send(1), b.recv();
        yield();
      }
    });
    int nothing = 0;
    for (int i = 0; i != scaled(20'000); ++i) {
      select(on_recv(a, [&](int) { a.send(1); }), on_recv(b, [&](int) { b.send(1); }), otherwise([&] { ++nothing; }));
      if (workers() == 1) yield();
    }
    stop = true;
    group.wait();
    EXPECT_EQ(nothing, 0);
  });
}

TEST_P(go_select, the_choice_is_uniform) {
  if (!claims_of_selector(GetParam()).uniform) GTEST_SKIP() << "not applicable: uniformity is not claimed";
  run_alone([] {
    for (const std::size_t cases : {2u, 3u, 8u}) {
      std::vector<chan<int>> all;
      std::vector<select_case> list;
      std::vector<int> counts(cases);
      for (std::size_t i = 0; i != cases; ++i) {
        all.emplace_back(1);
        all[i].send(1);
        list.emplace_back(on_recv(all[i], [c = all[i]](int) { c.send(1); }));
      }
      for (std::size_t t = 0; t != 10'000 * cases; ++t) ++counts[select(list)];
      expect_uniform(counts);
    }
  });
}

// Two of four ready, neighbours: a random start that then goes around would prefer the first.
TEST_P(go_select, the_choice_is_uniform_among_those_that_are_ready) {
  if (!claims_of_selector(GetParam()).uniform) GTEST_SKIP() << "not applicable: uniformity is not claimed";
  run_alone([] {
    chan<int> never, full(1);
    full.send(1);
    chan<int> ready(1), room(2), closed;
    ready.send(1);
    closed.close();
    std::vector<int> counts(3);
    for (int t = 0; t != 30'000; ++t) {
      select(on_recv(ready, [&](int v) { ++counts[0], ready.send(v); }), on_send(room, 1, [&] { ++counts[1], room.recv(); }),
             on_recv(never),
             on_recv(closed,
                     [&](int, bool open) {
                       ++counts[2];
                       EXPECT_FALSE(open);
                     }),
             on_send(full, 1));
    }
    expect_uniform(counts);
  });
}

// With waiters on the other side, whom a select meets: the same.
TEST_P(go_select, the_choice_is_uniform_among_blocked_senders) {
  if (!claims_of_selector(GetParam()).uniform) GTEST_SKIP() << "not applicable: uniformity is not claimed";
  run_alone([] {
    chan<int> a, b;
    for (const chan<int>& c : {a, b}) {
      go([c] {
        for (;;) c.send(1);
      });
    }
    std::vector<int> counts(2);
    for (int t = 0; t != 20'000; ++t) {
      yield();  // both block again
      ++counts[select(on_recv(a), on_recv(b))];
    }
    expect_uniform(counts);
  });
}

TEST_P(go_select, operands_are_evaluated_once_before_choosing) {
  run([] {
    chan<int> a(1), b(1);
    a.send(5);
    int evaluated = 0;
    const auto first = [&] { return ++evaluated, a; };
    const auto second = [&] { return ++evaluated, b; };
    const auto value = [&] { return ++evaluated, 7; };
    select(on_recv(first(),
                   [&](int v) {
                     EXPECT_EQ(v, 5);
                     EXPECT_EQ(evaluated, 4);
                   }),
           on_recv(second()), on_send(chan<int>{nullptr}, value()), on_send((++evaluated, chan<int>{nullptr}), 1));
    EXPECT_EQ(evaluated, 4);
  });
}

TEST_P(go_select, braces_evaluate_in_source_order) {
  run([] {
    chan<int> c(3);
    std::vector<int> order;
    const auto noted = [&](int n) { return order.push_back(n), c; };
    EXPECT_EQ(select({on_recv(noted(1)), on_recv(noted(2)), otherwise([&] { order.push_back(4); }), on_recv(noted(3))}), 2u);
    EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
  });
}

TEST_P(go_select, only_the_chosen_receive_has_a_target) {
  run([] {
    chan<int> a(1), b(1);
    a.send(1);
    int x = 10, y = 20;
    select(on_recv(a, [&](int v) { x = v; }), on_recv(b, [&](int v) { y = v; }));
    EXPECT_EQ(x, 1);
    EXPECT_EQ(y, 20);
  });
}

TEST_P(go_select, a_value_that_is_not_sent_is_not_taken) {
  run([] {
    chan<std::shared_ptr<int>> full, free(1);
    const auto value = std::make_shared<int>(1);
    EXPECT_EQ(select(on_send(full, value), on_send(free, value)), 1u);
    EXPECT_EQ(value.use_count(), 2) << "one inside";
    EXPECT_EQ(select(on_send(full, value), on_send(free, value), otherwise([] {})), 2u);
    EXPECT_EQ(value.use_count(), 2);
  });
}

TEST_P(go_select, nil_cases_are_never_ready) {
  run([] {
    chan<int> nil{nullptr}, c(1);
    for (int i = 0; i != 100; ++i) {
      EXPECT_EQ(select(on_recv(nil), on_send(nil, 1), on_send(c, 3)), 2u);
      EXPECT_EQ(select(on_recv(nil), on_recv(c), on_send(nil, 1)), 1u);
    }
    EXPECT_EQ(select(on_recv(nil), on_send(nil, 1), otherwise([] {})), 2u);
    EXPECT_EQ(select(on_recv(nil), otherwise([] {})), 1u);
    EXPECT_EQ(select(on_send(nil, 1), otherwise([] {})), 1u);
    std::atomic<int> arrived{0}, passed{0};
    go([&, nil] { ++arrived, select(on_recv(nil), on_send(nil, 1)), ++passed; });
    go([&, nil] { ++arrived, select(on_recv(nil)), ++passed; });
    go([&, nil] { ++arrived, select(on_send(nil, 1)), ++passed; });
    go([&] { ++arrived, select(); });
    go([&] { ++arrived, select(std::vector<select_case>{}), ++passed; });
    EXPECT_TRUE(eventually([&] { return arrived == 5; }));
    for (int i = 0; i != 20; ++i) yield();
    EXPECT_EQ(passed, 0);
  });
}

TEST_P(go_select, closed_cases) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<int> closed(capacity), never;
      if (capacity != 0) closed.send(4);
      closed.close();
      if (capacity != 0) {
        EXPECT_EQ(select(on_recv(closed, [](int v, bool open) { EXPECT_TRUE(v == 4 && open); }), on_recv(never)), 0u);
      }
      for (int i = 0; i != 3; ++i) {
        EXPECT_EQ(select(on_recv(never), on_recv(closed, [](int v, bool open) { EXPECT_TRUE(v == 0 && !open); })), 1u);
        EXPECT_EQ(select(on_recv(closed, [](int v, bool open) { EXPECT_TRUE(v == 0 && !open); })), 0u);
        EXPECT_EQ(select(on_recv(closed), otherwise([] { ADD_FAILURE(); })), 0u);
        EXPECT_EQ(panic_of([&] { select(on_recv(never), on_send(closed, 1, [] { ADD_FAILURE(); })); }), closed_text);
        EXPECT_EQ(panic_of([&] { select(on_send(closed, 1)); }), closed_text);
        EXPECT_EQ(panic_of([&] { select(on_send(closed, 1), otherwise([] { ADD_FAILURE(); })); }), closed_text);
        EXPECT_EQ(panic_of([&] { select(on_send(closed, 1), on_recv(never), otherwise([] { ADD_FAILURE(); })); }), closed_text);
      }
    }
  });
}

TEST_P(go_select, close_wakes_blocked_selects) {
  run([] {
    for (const int capacity : {0, 1}) {
      chan<int> recv_here, send_here(capacity), never;
      for (int i = 0; i != capacity; ++i) send_here.send(0);
      std::atomic<int> arrived{0}, ended{0}, panics{0};
      wait_group group;
      for (int i = 0; i != 10; ++i) {
        group.go([&] {
          ++arrived;
          select(on_recv(never), on_recv(recv_here, [&](int, bool open) { ended += !open; }));
        });
        group.go([&] {
          ++arrived;
          panics += panic_of([&] { select(on_recv(never), on_send(send_here, 1)); }) == closed_text;
        });
      }
      EXPECT_TRUE(eventually([&] { return arrived == 20; }));
      recv_here.close();
      send_here.close();
      group.wait();
      EXPECT_EQ(ended, 10);
      EXPECT_EQ(panics, 10);
    }
  });
}

TEST_P(go_select, one_channel_in_several_cases) {
  run([] {
    for (const int capacity : {0, 1}) {
      chan<int> c(capacity), never;
      int sum = 0;
      wait_group group;
      group.go([=] {
        for (int i = 0; i != scaled(1000); ++i) c.send(1);
      });
      for (int i = 0; i != scaled(1000); ++i) {
        select(on_recv(c, [&](int v) { sum += v; }), on_recv(c, [&](int v) { sum += v; }), on_recv(never),
               on_recv(c, [&](int v) { sum += v; }));
      }
      EXPECT_EQ(sum, scaled(1000));
      group.wait();
      group.go([=, &sum] {
        for (int i = 0; i != scaled(1000); ++i) sum -= c.recv();
      });
      for (int i = 0; i != scaled(1000); ++i) select(on_send(c, 1), on_send(c, 1));
      group.wait();
      EXPECT_EQ(sum, 0);
      EXPECT_EQ(c.len(), 0u);
      EXPECT_FALSE(c.try_recv()) << "a loser was left behind";
    }
  });
}

TEST_P(go_select, send_and_receive_of_one_channel_never_meet_themselves) {
  if (!claims_of_selector(GetParam()).sleeps) GTEST_SKIP() << "not applicable: two selects that wait in no list never meet";
  run([] {
    chan<int> c, done;
    std::atomic<bool> met{false};
    go([=, &met] {
      select(on_send(c, 1), on_recv(c), on_recv(done));
      met = true;
    });
    for (int i = 0; i != 50; ++i) yield();
    EXPECT_FALSE(met);
    EXPECT_EQ(select(on_recv(c, [](int v) { EXPECT_EQ(v, 1); }), on_recv(done)), 0u);
    EXPECT_TRUE(eventually([&] { return met.load(); }));
    // Two of them meet each other: one sends, one receives.
    std::atomic<int> sent{0}, received{0};
    wait_group group;
    for (int g = 0; g != 2; ++g) {
      group.go([&] {
        for (int i = 0; i != scaled(1000); ++i) {
          select(on_send(c, 1, [&] { ++sent; }), on_recv(c, [&](int v) { received += v; }));
        }
      });
    }
    group.wait();
    EXPECT_EQ(sent, scaled(1000));
    EXPECT_EQ(received, scaled(1000));
    chan<int> one(1);
    EXPECT_EQ(select(on_send(one, 5), on_recv(one)), 0u);
    EXPECT_EQ(select(on_send(one, 6), on_recv(one, [](int v) { EXPECT_EQ(v, 5); })), 1u);
  });
}

// Whoever lost elsewhere is in no list: the next sender's value reaches somebody who still waits.
TEST_P(go_select, losers_leave_nothing_behind) {
  run([] {
    for (const int capacity : {0, 1}) {
      chan<int> winner(capacity), loser(capacity);
      for (int i = 0; i != scaled(1000); ++i) {
        wait_group group;
        group.go([=] { select(on_recv(winner), on_recv(loser)); });
        group.go([=] { winner.send(1); });
        group.wait();
        ASSERT_FALSE(loser.try_recv());
        ASSERT_EQ(loser.try_send(1), capacity == 1) << "nobody waits there, round " << i;
        ASSERT_EQ(loser.try_recv().has_value(), capacity == 1);
      }
    }
  });
}

TEST_P(go_select, memory_stays_flat_over_a_million_selects) {
  if (sanitized) GTEST_SKIP() << "not applicable: what ThreadSanitizer remembers grows, what AddressSanitizer frees waits in quarantine";
  run([] {
    chan<int> a, b, never;
    go([=] {
      for (int v : a) b.send(v);
      b.close();
    });
    const auto laps = [&](int count) {
      int back = 0;
      for (int i = 0; i != count; ++i) {
        select(on_recv(never), on_send(a, i));
        select(on_recv(b, [&](int v) { back += v == i; }), on_recv(never), on_send(never, 1));
      }
      EXPECT_EQ(back, count);
    };
    const int half = scaled(500'000);
    laps(half / 10);
    const std::size_t before = resident_bytes();
    laps(half);
    EXPECT_LT(resident_bytes(), before + (std::size_t{1} << 20));
    a.close();
  });
}

TEST_P(go_select, the_body_may_do_anything) {
  run([] {
    chan<int> c(2), d(1);
    c.send(1);
    c.send(2);
    EXPECT_EQ(panic_of([&] { select(on_recv(c, [](int) { panic("from the body"); }), on_recv(d)); }), "from the body");
    EXPECT_EQ(c.len(), 1u);
    select(on_recv(c,
                   [&](int v) {
                     c = chan<int>{nullptr};  // assigns the operand
                     select(on_send(d, v));   // selects again
                     EXPECT_EQ(d.recv(), 2);
                     yield();
                   }),
           on_recv(d));
    EXPECT_FALSE(c);
    chan<int> e;
    go([=] { e.send(3); });
    select(on_recv(d), on_recv(e, [&](int v) { EXPECT_EQ(v, 3); }));
  });
}

TEST_P(go_select, channel_variables_may_change_while_it_waits) {
  run([] {
    chan<int> c, never;
    chan<int> keeps = c;
    std::atomic<bool> arrived{false};
    wait_group group;
    group.go([&] {
      auto from_c = on_recv(c, [](int v) { EXPECT_EQ(v, 1); });
      arrived = true;
      EXPECT_EQ(select(on_recv(never), std::move(from_c)), 1u);
    });
    EXPECT_TRUE(eventually([&] { return arrived.load(); }));
    for (int i = 0; i != 50; ++i) yield();
    c = chan<int>{nullptr};
    keeps.send(1);
    group.wait();
  });
}

TEST_P(go_select, temporaries_and_the_last_handle) {
  run([] {
    const auto inside = std::make_shared<int>(1);
    {
      chan<std::shared_ptr<int>> made(1);
      made.send(inside);
      select(on_recv(std::move(made), [&](const std::shared_ptr<int>& p, bool open) { EXPECT_TRUE(p == inside && open); }),
             on_recv(chan<int>{}), on_send(chan<int>{nullptr}, 1));
      EXPECT_FALSE(made);
    }
    EXPECT_EQ(inside.use_count(), 1);
    const auto answering = [] {
      chan<int> reply;
      go([reply] { reply.send(5); });
      return recv_only<int>(reply);
    };
    int got = 0;
    select(on_recv(answering(), [&](int v) { got = v; }), on_recv(chan<int>{}));
    EXPECT_EQ(got, 5);
  });
}

TEST_P(go_select, views_and_forms_of_the_body) {
  run([] {
    chan<int> c(1);
    const send_only<int> s = c;
    const recv_only<int> r = c;
    const chan<int> constant = c;
    int calls = 0;
    select(on_send(s, short{7}, [&] { ++calls; }), on_recv(chan<int>{}));
    select(on_recv(r, [&](auto v, auto open) { calls += v == 7 && open; }), on_send(chan<int>{}, 1));
    select(on_send(constant, 8), on_recv(chan<int>{}));
    select(on_recv(constant, [&](long v) { calls += v == 8; }), on_recv(chan<int>{}));
    c.close();
    select(on_recv(r, [&] { ++calls; }), on_recv(chan<int>{}));
    select(on_recv(r, [&](int v) { calls += v == 0; }), on_recv(chan<int>{}));
    EXPECT_EQ(calls, 5);
  });
}

TEST_P(go_select, elements_of_all_shapes) {
  run([] {
    chan<std::unique_ptr<int>> moved(1);
    chan<no_default> bare(1);
    chan<chan<int>> handles(1);
    const chan<int> never;
    select(on_send(moved, std::make_unique<int>(3)), on_recv(never));
    select(on_recv(moved, [](std::unique_ptr<int> p, bool) { EXPECT_EQ(*p, 3); }), on_recv(never));
    select(on_send(bare, no_default(4)), on_recv(never));
    select(on_recv(bare, [](std::optional<no_default> v) { EXPECT_EQ(v->value, 4); }), on_recv(never));
    bare.close();
    select(on_recv(bare, [](const std::optional<no_default>& v) { EXPECT_FALSE(v); }), on_recv(never));
    select(on_send(handles, never), on_recv(never));
    select(on_recv(handles, [&](const chan<int>& c) { EXPECT_EQ(c, never); }), on_recv(never));
    auto kept = std::make_unique<int>(5);
    chan<std::unique_ptr<int>> closed;
    closed.close();
    EXPECT_EQ(panic_of([&] { select(on_send(closed, std::move(kept)), on_recv(never)); }), closed_text);
  });
}

TEST_P(go_select, the_dynamic_form) {
  run([] {
    std::vector<chan<int>> channels;
    std::vector<select_case> cases;
    const int count = 100;  // more than fit on the stack
    int sum = 0;
    for (int i = 0; i != count; ++i) {
      channels.emplace_back(i % 2);
      cases.emplace_back(on_recv(channels.back(), [&sum, i](int v, bool open) { sum += open ? v - i : 0; }));
    }
    channels.clear();  // the cases have handles of their own
    EXPECT_EQ(cases.size(), 100u);
    std::vector<select_case> with_default;
    chan<int> room(2);
    with_default.emplace_back(otherwise([] {}));
    with_default.emplace_back(on_send(room, 4));
    EXPECT_EQ(select(with_default), 1u);
    EXPECT_EQ(select(with_default), 1u) << "the same cases again, the same value";
    EXPECT_EQ(select(with_default), 0u);
    EXPECT_EQ(room.recv() + room.recv(), 8);

    std::vector<chan<int>> sources;
    std::vector<select_case> fan_in;
    for (int i = 0; i != count; ++i) {
      sources.emplace_back(i % 3);
      fan_in.emplace_back(on_recv(sources.back(), [&sum, i](int v) { sum += v == i ? 1 : 1000; }));
      go([c = sources.back(), i] { c.send(i), c.send(i); });
    }
    std::vector<int> served(count);
    for (int i = 0; i != 2 * count; ++i) ++served[select(fan_in)];
    EXPECT_EQ(sum, 2 * count);
    for (const int n : served) EXPECT_EQ(n, 2);

    EXPECT_EQ(panic_of([] { select({otherwise([] {}), otherwise([] {})}); }), "reflect.Select: multiple default cases");
    std::vector<select_case> too_many;
    for (int i = 0; i != 65537; ++i) too_many.emplace_back(on_recv(room));
    EXPECT_EQ(panic_of([&] { select(too_many); }), "reflect.Select: too many cases (max 65536)");
    too_many.pop_back();
    room.send(6);
    EXPECT_LT(select(too_many), 65536u);
  });
}

TEST_P(go_select, works_after_the_headers_it_shares_its_name_with) {
  run([] {
    using namespace stealyard;
    timeval none{};
    EXPECT_EQ(select(0, nullptr, nullptr, nullptr, &none), 0);  // the system's
    EXPECT_EQ(select(otherwise([] {})), 0u);
  });
}

// Everybody with everybody: nothing is lost, nothing arrives twice.
TEST_P(go_select, many_selects_lose_nothing) {
  if (!claims_of_selector(GetParam()).sleeps) GTEST_SKIP() << "not applicable: two selects that wait in no list never meet";
  run([] {
    for (const int capacity : {0, 1, 3}) {
      constexpr int goroutines = 4;
      const int each = scaled(2000);
      std::array<chan<int>, 3> c{chan<int>(capacity), chan<int>(0), chan<int>(2)};
      chan<int> finished;
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(goroutines * each));
      wait_group sending, receiving;
      for (int g = 0; g != goroutines; ++g) {
        sending.go([=] {
          for (int i = 0; i != each; ++i) {
            const int v = g * each + i;
            switch (i % 4) {
              case 0:
                c[static_cast<std::size_t>(g) % 3].send(v);
                break;
              case 1:
                select(on_send(c[0], v), on_send(c[1], v));
                break;
              default:
                select(on_send(c[2], v), on_send(c[0], v), on_send(c[1], v));
            }
          }
        });
      }
      for (int g = 0; g != goroutines; ++g) {
        receiving.go([&, c, g] {
          bool more = true;
          const auto note = [&](int v, bool open) {
            if (open) ++seen[static_cast<std::size_t>(v)];
            more = open;
          };
          while (more) {
            if (g % 2 == 0) {
              select(on_recv(c[0], note), on_recv(c[1], note), on_recv(c[2], note), on_recv(finished, note));
            } else {
              select(on_recv(finished, note), on_recv(c[2], note), on_recv(c[1], note), on_recv(c[0], note), on_recv(c[0], note));
            }
          }
        });
      }
      sending.wait();
      EXPECT_TRUE(eventually([&] { return c[0].len() + c[2].len() == 0; }));
      finished.close();
      receiving.wait();
      int wrong = 0;
      for (const auto& times : seen) wrong += times != 1;
      EXPECT_EQ(wrong, 0) << "capacity " << capacity;
    }
  });
}

TEST_P(go_select, foreign_threads_select_too) {
  if (!claims_of_selector(GetParam()).sleeps) GTEST_SKIP() << "not applicable: two selects that wait in no list never meet";
  run([] {
    for (const int capacity : {0, 1}) {
      chan<int> there(capacity), back(capacity), stop;
      const int count = scaled(500);
      std::thread echo([=, guard = foreign_guard()] {
        bool more = true;
        while (more) {
          int v = 0;
          select(on_recv(there, [&](int w, bool open) { v = w, more = open; }), on_recv(stop));
          if (more) select(on_recv(stop), on_send(back, v + 1));
        }
        back.close();
      });
      for (int i = 0; i != count; ++i) {
        select(on_send(there, i), on_recv(stop));
        int got = 0;
        select(on_recv(stop), on_recv(back, [&](int v) { got = v; }));
        ASSERT_EQ(got, i + 1);
      }
      there.close();
      EXPECT_EQ(back.recv_ok(), std::pair(0, false));
      echo.join();
    }
  });
}

TEST_P(go_select, a_blocked_select_is_a_deadlock_with_its_reason) {
  if (!claims_of_selector(GetParam()).sleeps) GTEST_SKIP() << "not applicable: the selector does not claim to sleep";
  const child ended = in_child([this] {
    return run([] {
      chan<int> a, b(1);
      select(on_recv(a), on_recv(b));
    });
  });
  EXPECT_EQ(ended.status, 2) << ::testing::PrintToString(ended);
  EXPECT_TRUE(starts_with(ended.err, "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:"))
      << ::testing::PrintToString(ended);
  const child nothing = in_child([this] { return run([] { select(); }); });
  EXPECT_EQ(nothing.status, 2);
  EXPECT_TRUE(contains(nothing.err, "goroutine 1 [select (no cases)]:")) << ::testing::PrintToString(nothing);
}

TEST(go_select_outside, works_without_a_run) {
  chan<int> a(1), b(1);
  EXPECT_EQ(select(on_send(a, 1), otherwise([] {})), 0u);
  EXPECT_EQ(select(on_recv(b), on_recv(a)), 1u);
  std::thread sender([=] { b.send(2); });
  EXPECT_EQ(select(on_recv(a), on_recv(b)), 1u);
  sender.join();
}

}  // namespace stealyard::go_tests
