// Channels over buffers that claim one sender and one receiver, with programs that have no more: Go's promises hold for them too.
// (rows leave these buffers out: most programs need more, and are not applicable to them.)
#include "stress/go/support.hpp"

#include <cstdint>
#include <memory>

namespace stealyard::go_tests {

namespace {

// A buffer, a number of workers, a capacity.
class go_arity : public ::testing::TestWithParam<std::tuple<std::string, unsigned, int>> {
 protected:
  template <class F>
  int run(F&& f) const {
    return stealyard::run({.workers = std::get<1>(GetParam()), .channel_buffer = std::get<0>(GetParam())}, std::forward<F>(f));
  }
  int capacity() const { return std::get<2>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(buffers, go_arity,
                         ::testing::Combine(::testing::ValuesIn(channel_buffers_for(arity::spsc)), ::testing::Values(1u, 2u, 3u),
                                            ::testing::Values(1, 2, 3, 128)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_w" + std::to_string(std::get<1>(test.param)) + "_cap" +
                                  std::to_string(std::get<2>(test.param));
                         });

}  // namespace

// FIFO, nothing lost, close and range; the sender's writes come along (a payload behind each pointer).
TEST_P(go_arity, one_sender_ranged_over) {
  const int items = scaled(20'000);
  int received = 0;
  bool in_order = true;
  EXPECT_EQ(run([&] {
              chan<std::unique_ptr<int>> c(capacity());
              go([=] {
                for (int i = 0; i != items; ++i) c.send(std::make_unique<int>(i));
                c.close();
              });
              for (auto& element : c) in_order = in_order && *element == received++;
            }),
            0);
  EXPECT_EQ(received, items);
  EXPECT_TRUE(in_order);
}

// Both ends block and are woken: a round trip for every element.
TEST_P(go_arity, echo) {
  const int rounds = scaled(5'000);
  std::uint64_t sum = 0;
  EXPECT_EQ(run([&] {
              chan<int> there(capacity()), back(capacity());
              go([=] {
                for (int x : there) back.send(x + 1);
                back.close();
              });
              for (int i = 0; i != rounds; ++i) {
                there.send(i);
                sum += static_cast<std::uint64_t>(back.recv());
              }
              there.close();
              EXPECT_FALSE(back.recv_ok().second);
            }),
            0);
  EXPECT_EQ(sum, static_cast<std::uint64_t>(rounds) * static_cast<std::uint64_t>(rounds + 1) / 2);
}

// Somebody else closes, at any moment: the receiver gets exactly what was sent, the sender panics or has ended.
TEST_P(go_arity, closed_by_a_third) {
  for (int round = 0; round != scaled(20); ++round) {
    int sent = 0, received = 0;
    EXPECT_EQ(run([&] {
                chan<int> c(capacity());
                wait_group ended;
                ended.add(2);
                go([&, c] {
                  EXPECT_EQ(panic_of([&] {
                              for (;; ++sent) c.send(sent);
                            }),
                            "send on closed channel");
                  ended.done();
                });
                go([&, c] {
                  for (int i = 0; i != round % 7; ++i) yield();
                  c.close();
                  ended.done();
                });
                for (int x : c) EXPECT_EQ(x, received++);
                ended.wait();
              }),
              0);
    ASSERT_EQ(received, sent);
  }
}

// What try_send and try_recv say to the only goroutine there is.
TEST_P(go_arity, alone) {
  EXPECT_EQ(run([&] {
              chan<int> c(capacity());
              int value = 0;
              for (int lap = 0; lap != 3; ++lap) {
                EXPECT_EQ(c.try_recv(value), chan_status::empty);
                for (int i = 0; i != capacity(); ++i) EXPECT_TRUE(c.try_send(i));
                EXPECT_FALSE(c.try_send(99));
                EXPECT_EQ(c.len(), static_cast<std::size_t>(capacity()));
                for (int i = 0; i != capacity(); ++i) EXPECT_EQ(c.recv(), i);
              }
              EXPECT_TRUE(c.try_send(7));
              c.close();
              EXPECT_EQ(panic_of([&] { c.close(); }), "close of closed channel");
              EXPECT_EQ(panic_of([&] { (void)c.try_send(8); }), "send on closed channel");
              EXPECT_EQ(c.recv(), 7);
              EXPECT_EQ(c.try_recv(value), chan_status::closed);
            }),
            0);
}

}  // namespace stealyard::go_tests
