// Channels: what the Go specification says of them, and what reference/api.md adds.
#include "stress/go/support.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_set>

namespace stealyard::go_tests {

namespace {

template <class C>
concept can_send = requires(C c) { c.send(1); };
template <class C>
concept can_try_send = requires(C c) { c.try_send(1); };
template <class C>
concept can_close = requires(C c) { c.close(); };
template <class C>
concept can_recv = requires(C c) { c.recv(); };
template <class C>
concept can_try_recv = requires(C c) { c.try_recv(); };
template <class C>
concept can_range = requires(C c) { c.begin(); };
static_assert(can_send<chan<int>> && can_recv<chan<int>> && can_range<chan<int>> && can_close<chan<int>>);
static_assert(can_send<send_only<int>> && can_try_send<send_only<int>> && can_close<send_only<int>>);
static_assert(!can_recv<send_only<int>> && !can_try_recv<send_only<int>> && !can_range<send_only<int>>);
static_assert(can_recv<recv_only<int>> && can_try_recv<recv_only<int>> && can_range<recv_only<int>>);
static_assert(!can_send<recv_only<int>> && !can_try_send<recv_only<int>> && !can_close<recv_only<int>>);
static_assert(std::is_convertible_v<chan<int>, send_only<int>> && std::is_convertible_v<chan<int>, recv_only<int>>);
static_assert(!std::is_convertible_v<send_only<int>, chan<int>> && !std::is_convertible_v<recv_only<int>, send_only<int>>);
static_assert(!std::is_convertible_v<int, chan<int>> && std::is_nothrow_move_constructible_v<chan<int>>);

struct no_default {
  int value;
  explicit no_default(int v) : value(v) {}
};
static_assert(!can_recv<chan<no_default>>);

struct empty {};
struct alignas(128) aligned {
  std::uint64_t value = 0;
};
struct large {
  std::array<std::uint64_t, 64> words{};
};

const char closed_text[] = "send on closed channel";

}  // namespace

STEALYARD_ON_ROWS(go_chan);

TEST_P(go_chan, nil_is_empty_and_never_ready) {
  run([] {
    chan<int> nil{nullptr};
    EXPECT_FALSE(nil);
    EXPECT_EQ(nil.len(), 0u);
    EXPECT_EQ(nil.cap(), 0u);
    EXPECT_FALSE(nil.try_send(1));
    EXPECT_FALSE(nil.try_recv().has_value());
    int into = 5;
    EXPECT_EQ(nil.try_recv(into), chan_status::empty);
    EXPECT_EQ(into, 5);
    EXPECT_EQ(panic_of([&] { nil.close(); }), "close of nil channel");
    EXPECT_EQ(nil, chan<int>{nullptr});
    EXPECT_NE(nil, chan<int>{});
    // Whoever blocks on it does so for ever; main ends the program.
    std::atomic<int> arrived{0};
    std::atomic<int> passed{0};
    go([&, nil] { ++arrived, nil.send(1), ++passed; });
    go([&, nil] { ++arrived, nil.recv(), ++passed; });
    go([&, nil] {
      ++arrived;
      for (int v : nil) passed += 1 + v;
    });
    EXPECT_TRUE(eventually([&] { return arrived == 3; }));
    for (int i = 0; i != 20; ++i) yield();
    EXPECT_EQ(passed, 0);
  });
}

TEST_P(go_chan, unbuffered_hands_over) {
  run([] {
    chan<int> c;
    EXPECT_EQ(c.cap(), 0u);
    EXPECT_FALSE(c.try_send(1));
    EXPECT_FALSE(c.try_recv());
    wait_group group;
    std::atomic<bool> sent{false};
    group.go([&, c] {
      c.send(7);
      sent = true;
    });
    for (int i = 0; i != 50; ++i) yield();
    EXPECT_FALSE(sent) << "nobody received yet";
    EXPECT_EQ(c.len(), 0u);
    EXPECT_EQ(c.recv(), 7);
    group.wait();
    EXPECT_TRUE(sent);
  });
}

TEST_P(go_chan, exactly_the_capacity_fits) {
  run([] {
    for (const int capacity : {1, 2, 3, 128}) {
      chan<int> c(capacity);
      EXPECT_EQ(c.cap(), static_cast<std::size_t>(capacity));
      for (int lap = 0; lap != 3; ++lap) {
        for (int i = 0; i != capacity; ++i) {
          EXPECT_EQ(c.len(), static_cast<std::size_t>(i));
          EXPECT_TRUE(c.try_send(lap * 1000 + i));
        }
        EXPECT_FALSE(c.try_send(-1));
        EXPECT_EQ(c.len(), static_cast<std::size_t>(capacity));
        for (int i = 0; i != capacity; ++i) EXPECT_EQ(c.try_recv(), std::optional(lap * 1000 + i));
        EXPECT_FALSE(c.try_recv());
        if (capacity > 1) {  // shifts the indices
          c.send(0);
          c.recv();
        }
      }
    }
  });
}

TEST_P(go_chan, many_senders_and_receivers_lose_nothing) {
  run([] {
    for (const int capacity : {0, 1, 2, 3, 128}) {
      constexpr int senders = 4;
      constexpr int receivers = 3;
      const int each = scaled(1000);
      chan<int> c(capacity);
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(senders * each));
      wait_group sending;
      wait_group receiving;
      for (int s = 0; s != senders; ++s) {
        sending.go([=] {
          for (int i = 0; i != each; ++i) c.send(s * each + i);
        });
      }
      std::atomic<int> out_of_order{0};
      for (int r = 0; r != receivers; ++r) {
        receiving.go([&, c] {
          std::array<int, senders> last;
          last.fill(-1);
          for (int v : c) {
            ++seen[static_cast<std::size_t>(v)];
            int& before = last[static_cast<std::size_t>(v / each)];
            out_of_order += v <= before;  // one sender's values reach one receiver in order
            before = v;
          }
        });
      }
      sending.wait();
      c.close();
      receiving.wait();
      int wrong = 0;
      for (const auto& times : seen) wrong += times != 1;
      EXPECT_EQ(wrong, 0) << "capacity " << capacity;
      EXPECT_EQ(out_of_order, 0) << "capacity " << capacity;
    }
  });
}

TEST_P(go_chan, values_are_fifo) {
  if (!claims_fifo(GetParam())) GTEST_SKIP() << "not applicable: the buffer does not claim FIFO order";
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<int> c(capacity);
      const int count = scaled(2000);
      go([=] {
        for (int i = 0; i != count; ++i) c.send(i);
        c.close();
      });
      int expected = 0;
      for (int v : c) ASSERT_EQ(v, expected++);
      EXPECT_EQ(expected, count);
    }
  });
}

TEST_P(go_chan, blocked_receivers_are_served_in_order) {
  run_alone([] {
    for (const int capacity : {0, 1, 2}) {
      chan<int> c(capacity);
      std::vector<int> got(5, -1);
      wait_group group;
      for (std::size_t i = 0; i != got.size(); ++i) {
        group.go([&, c, i] { got[i] = c.recv(); });
        yield();  // it runs until it blocks
      }
      for (int v = 0; v != 5; ++v) {
        c.send(v);
        yield();
      }
      group.wait();
      EXPECT_EQ(got, (std::vector{0, 1, 2, 3, 4})) << "capacity " << capacity;
    }
  });
}

TEST_P(go_chan, blocked_senders_are_served_in_order) {
  run_alone([] {
    for (const int capacity : {0, 1, 2}) {
      chan<int> c(capacity);
      for (int i = 0; i != capacity; ++i) c.send(-1);
      wait_group group;
      for (int i = 0; i != 5; ++i) {
        group.go([c, i] { c.send(i); });
        yield();
      }
      for (int i = 0; i != capacity; ++i) EXPECT_EQ(c.recv(), -1);
      for (int i = 0; i != 5; ++i) EXPECT_EQ(c.recv(), i) << "capacity " << capacity;
      group.wait();
    }
  });
}

// I1: a non-empty buffer implies no blocked receiver. A newcomer cannot take what a waiter was promised.
TEST_P(go_chan, a_blocked_receiver_is_served_before_a_newcomer) {
  if (!claims_hand_off(GetParam())) GTEST_SKIP() << "not applicable: the buffer does not claim hand-off";
  run_alone([] {
    chan<int> c(2);
    int got = -1;
    wait_group group;
    group.go([&] { got = c.recv(); });
    yield();
    c.send(7);
    EXPECT_EQ(c.len(), 0u);
    EXPECT_FALSE(c.try_recv());
    group.wait();
    EXPECT_EQ(got, 7);
  });
}

// I2: room in the buffer implies no blocked sender.
TEST_P(go_chan, a_blocked_sender_is_served_before_a_newcomer) {
  if (!claims_hand_off(GetParam())) GTEST_SKIP() << "not applicable: the buffer does not claim hand-off";
  run_alone([] {
    chan<int> c(1);
    c.send(1);
    wait_group group;
    group.go([&] { c.send(2); });
    yield();
    EXPECT_EQ(c.recv(), 1);
    EXPECT_EQ(c.len(), 1u);
    EXPECT_FALSE(c.try_send(3));
    EXPECT_EQ(c.recv(), 2);
    group.wait();
  });
}

TEST_P(go_chan, an_unbuffered_waiter_is_served_before_a_newcomer) {
  run_alone([] {
    chan<int> c;
    int got = -1;
    wait_group group;
    group.go([&] { got = c.recv(); });
    yield();
    EXPECT_TRUE(c.try_send(7));   // somebody waits
    EXPECT_FALSE(c.try_send(8));  // he is served already, if not awake
    EXPECT_FALSE(c.try_recv());
    group.wait();
    EXPECT_EQ(got, 7);
    group.go([&] { c.send(9); });
    yield();
    EXPECT_EQ(c.try_recv(), std::optional(9));
    group.wait();
  });
}

TEST_P(go_chan, closed_gives_what_is_left_then_zero) {
  run([] {
    for (const int capacity : {0, 1, 2, 3, 128}) {
      chan<int> c(capacity);
      const int inside = std::min(capacity, 3);
      for (int i = 0; i != inside; ++i) c.send(i + 1);
      c.close();
      EXPECT_EQ(c.len(), static_cast<std::size_t>(inside));
      for (int i = 0; i != inside; ++i) EXPECT_EQ(c.recv_ok(), std::pair(i + 1, true));
      for (int i = 0; i != 3; ++i) {
        EXPECT_EQ(c.recv(), 0);
        EXPECT_EQ(c.recv_ok(), std::pair(0, false));
        EXPECT_FALSE(c.try_recv());
        int into = 5;
        EXPECT_EQ(c.try_recv(into), chan_status::closed);
        EXPECT_EQ(into, 5);
      }
      for (int v : c) ADD_FAILURE() << v << " from a closed and empty channel";
      EXPECT_EQ(panic_of([&] { c.send(1); }), closed_text);
      EXPECT_EQ(panic_of([&] { c.try_send(1); }), closed_text);
      EXPECT_EQ(panic_of([&] { c.close(); }), "close of closed channel");
      EXPECT_EQ(c.cap(), static_cast<std::size_t>(capacity));
    }
  });
}

TEST_P(go_chan, close_wakes_every_receiver) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<int> c(capacity);
      constexpr int receivers = 20;
      std::atomic<int> closed{0};
      std::atomic<int> arrived{0};
      wait_group group;
      for (int i = 0; i != receivers; ++i) {
        group.go([&, c] {
          ++arrived;
          closed += !c.recv_ok().second;
        });
      }
      EXPECT_TRUE(eventually([&] { return arrived == receivers; }));
      c.close();
      group.wait();
      EXPECT_EQ(closed, receivers);
    }
  });
}

TEST_P(go_chan, close_panics_in_every_blocked_sender) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<int> c(capacity);
      for (int i = 0; i != capacity; ++i) c.send(i);
      constexpr int senders = 20;
      std::atomic<int> panics{0};
      std::atomic<int> arrived{0};
      wait_group group;
      for (int i = 0; i != senders; ++i) {
        group.go([&, c] {
          ++arrived;
          panics += panic_of([&] { c.send(100); }) == closed_text;
        });
      }
      EXPECT_TRUE(eventually([&] { return arrived == senders; }));
      c.close();
      group.wait();
      EXPECT_EQ(panics, senders);
      for (int i = 0; i != capacity; ++i) EXPECT_EQ(c.recv_ok(), std::pair(i, true));
      EXPECT_EQ(c.recv_ok(), std::pair(0, false)) << "what a refused sender had is nowhere";
    }
  });
}

// Every value whose send returned is received, every other send panicked: nothing in between, whenever the close comes.
TEST_P(go_chan, close_in_the_middle_of_traffic_loses_nothing) {
  run([] {
    for (int round = 0; round != scaled(150); ++round) {
      chan<int> c(round % 4);
      std::atomic<int> sent{0};
      std::atomic<int> received{0};
      wait_group group;
      for (int s = 0; s != 3; ++s) {
        group.go([&, c] {
          panic_of([&] {
            for (int i = 0; i != 30; ++i) {
              if (i % 3 == 0) {
                sent += c.try_send(1);
              } else {
                c.send(1);
                ++sent;
              }
            }
          });
        });
      }
      for (int r = 0; r != 2; ++r) {
        group.go([&, c] {
          for (int v : c) received += v;
        });
      }
      for (int i = 0; i != round % 7; ++i) yield();
      c.close();
      group.wait();
      ASSERT_EQ(sent, received) << "round " << round;
    }
  });
}

TEST_P(go_chan, a_range_left_early_leaves_the_channel_usable) {
  run([] {
    chan<int> c(4);
    for (int i = 0; i != 4; ++i) c.send(i);
    for (int v : c) {
      if (v == 1) break;
    }
    EXPECT_EQ(c.len(), 2u);
    EXPECT_EQ(c.recv(), 2);
    c.send(9);
    c.close();
    std::vector<int> rest;
    for (int v : c) rest.push_back(v);
    EXPECT_EQ(rest, (std::vector{3, 9}));
  });
}

TEST_P(go_chan, a_range_keeps_its_channel_when_the_variable_changes) {
  run([] {
    chan<int> c(3);
    for (int i = 0; i != 3; ++i) c.send(i);
    c.close();
    int sum = 0;
    for (int v : c) {
      c = chan<int>{nullptr};
      sum += v;
    }
    EXPECT_EQ(sum, 3);
  });
}

TEST_P(go_chan, makechan_refuses_impossible_sizes) {
  run([] {
    const std::string text = "makechan: size out of range";
    EXPECT_EQ(panic_of([] { chan<int> c(-1); }), text);
    EXPECT_EQ(panic_of([] { chan<int> c(INT64_MIN); }), text);
    EXPECT_EQ(panic_of([] { chan<int> c(std::int64_t{1} << 31); }), text);
    EXPECT_EQ(panic_of([] { chan<int> c(UINT64_MAX); }), text);
    EXPECT_EQ(panic_of([] { chan<int> c(std::uint8_t{255}); }), "");
    EXPECT_EQ(panic_of([] { chan<int> c(0ul); }), "");
  });
}

TEST_P(go_chan, try_forms) {
  run([] {
    chan<int> c(1);
    const int one = 1;
    EXPECT_TRUE(c.try_send(one));  // a copy
    EXPECT_FALSE(c.try_send(2));
    int into = 0;
    EXPECT_EQ(c.try_recv(into), chan_status::ok);
    EXPECT_EQ(into, 1);
    EXPECT_EQ(c.try_recv(into), chan_status::empty);
    EXPECT_EQ(into, 1);
    EXPECT_FALSE(c.try_recv());
    const send_only<int> s = c;
    const recv_only<int> r = c;
    EXPECT_TRUE(s.try_send(3));
    EXPECT_EQ(r.try_recv(into), chan_status::ok);
    EXPECT_EQ(into, 3);
  });
}

TEST_P(go_chan, views_are_the_same_channel) {
  run([] {
    chan<int> c(2);
    const send_only<int> s = c;
    const recv_only<int> r = c;
    EXPECT_TRUE(c == r);
    EXPECT_TRUE(r == s);
    s.send(1);
    EXPECT_EQ(r.len(), 1u);
    EXPECT_EQ(s.cap(), 2u);
    s.send(2);
    s.close();
    int sum = 0;
    for (int v : r) sum += v;
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(r.recv_ok(), std::pair(0, false));
  });
}

TEST_P(go_chan, identity_and_hash) {
  run([] {
    chan<int> a;
    chan<int> b;
    chan<int> copy = a;
    EXPECT_EQ(a, copy);
    EXPECT_NE(a, b);
    std::unordered_set<chan<int>> set{a, b, copy, chan<int>{nullptr}};
    EXPECT_EQ(set.size(), 3u);
    EXPECT_TRUE(set.contains(copy));
    copy = b;
    EXPECT_EQ(copy, b);
    chan<int> moved = std::move(a);
    EXPECT_NE(moved, b);
    EXPECT_TRUE(set.contains(moved));
  });
}

TEST_P(go_chan, channels_of_channels) {
  run([] {
    chan<chan<int>> requests;
    go([=] {
      int n = 0;
      for (chan<int> reply : requests) reply.send(++n);
    });
    for (int i = 1; i != 20; ++i) {
      chan<int> reply;
      requests.send(reply);
      ASSERT_EQ(reply.recv(), i);
    }
    requests.close();
    chan<chan<int>> buffered(2);  // holds the last handle
    buffered.send(chan<int>(5));
    EXPECT_EQ(buffered.recv().cap(), 5u);
  });
}

TEST_P(go_chan, move_only_elements) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<std::unique_ptr<int>> c(capacity);
      go([=] {
        for (int i = 0; i != 50; ++i) c.send(std::make_unique<int>(i));
        c.close();
      });
      int expected = 0;
      for (auto& p : c) ASSERT_EQ(*p, expected++);
      EXPECT_EQ(expected, 50);
      EXPECT_EQ(c.recv(), nullptr);
    }
    chan<std::unique_ptr<int>> full;
    auto kept = std::make_unique<int>(3);
    EXPECT_FALSE(full.try_send(std::move(kept)));
    ASSERT_NE(kept, nullptr) << "what was not sent stays with its owner";
    EXPECT_EQ(*kept, 3);
  });
}

TEST_P(go_chan, elements_of_all_shapes) {
  run([] {
    for (const int capacity : {0, 1, 3}) {
      chan<empty> nothing(capacity);
      chan<aligned> wide(capacity);
      chan<large> big(capacity);
      chan<no_default> bare(capacity);
      go([=] {
        for (std::uint64_t i = 0; i != 20; ++i) {
          nothing.send({});
          wide.send({i});
          large l;
          l.words.fill(i);
          big.send(l);
          bare.send(no_default(static_cast<int>(i)));
        }
        bare.close();
      });
      for (std::uint64_t i = 0; i != 20; ++i) {
        EXPECT_TRUE(nothing.recv_ok().second);
        const aligned a = wide.recv();
        EXPECT_EQ(a.value, i);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&a) % 128, 0u);
        const large l = big.recv();
        EXPECT_EQ(l.words.front(), i);
        EXPECT_EQ(l.words.back(), i);
        const std::optional<no_default> b = bare.recv_ok();
        ASSERT_TRUE(b);
        EXPECT_EQ(b->value, static_cast<int>(i));
      }
      EXPECT_FALSE(bare.recv_ok());
    }
  });
}

TEST_P(go_chan, a_received_slot_releases_its_element) {
  run([] {
    for (const int capacity : {0, 1, 2, 3}) {
      chan<std::shared_ptr<int>> c(capacity);
      for (int lap = 0; lap != 3; ++lap) {
        auto sent = std::make_shared<int>(1);
        const std::weak_ptr<int> watch = sent;
        go([c, moved = std::move(sent)]() mutable { c.send(std::move(moved)); });
        EXPECT_EQ(*c.recv(), 1);
        EXPECT_TRUE(eventually([&] { return watch.expired(); })) << "capacity " << capacity;
      }
    }
  });
}

TEST_P(go_chan, the_last_handle_frees_what_is_inside) {
  run([] {
    const auto inside = std::make_shared<int>(1);
    {
      chan<std::shared_ptr<int>> c(3);
      c.send(inside);
      c.recv();
      c.send(inside);
      c.send(inside);
      const recv_only<std::shared_ptr<int>> view = c;
      c = chan<std::shared_ptr<int>>{nullptr};
      EXPECT_EQ(inside.use_count(), 3);
    }
    EXPECT_EQ(inside.use_count(), 1);
  });
}

TEST_P(go_chan, len_and_cap_under_traffic) {
  run([] {
    chan<int> c(3);
    wait_group group;
    std::atomic<int> wrong{0};
    group.go([&, c] {
      for (int i = 0; i != scaled(3000); ++i) c.send(i);
      c.close();
    });
    group.go([&, c] {
      for ([[maybe_unused]] int v : c) wrong += c.len() > 3 || c.cap() != 3;
    });
    group.wait();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(c.len(), 0u);
  });
}

TEST_P(go_chan, made_outside_a_run_works_inside) {
  chan<int> c(2);
  EXPECT_TRUE(c.try_send(1));
  run([c] {
    EXPECT_EQ(c.recv(), 1);
    go([c] { c.send(2); });
    EXPECT_EQ(c.recv(), 2);
    c.send(3);
  });
  EXPECT_EQ(c.try_recv(), std::optional(3));
}

}  // namespace stealyard::go_tests
