// Contexts.
#include "stress/go/support.hpp"

#include <memory>
#include <thread>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_context);

namespace {

bool is_done(const context& c) {
  std::monostate nothing;
  return c.done().try_recv(nothing) == chan_status::closed;
}
std::string cause_of(const context& c) {
  try {
    if (c.cause() != nullptr) std::rethrow_exception(c.cause());
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_P(go_context, background_is_never_done) {
  run([] {
    for (const context& c : {background(), todo(), with_value(background(), "key", 1), without_cancel(background())}) {
      EXPECT_FALSE(c.done()) << "nil";
      EXPECT_EQ(c.err(), context_error::none);
      EXPECT_EQ(c.cause(), nullptr);
      EXPECT_FALSE(c.deadline());
    }
  });
}

TEST_P(go_context, cancel_closes_done_once_and_again_is_harmless) {
  run([] {
    auto [ctx, cancel] = with_cancel(background());
    EXPECT_FALSE(is_done(ctx));
    EXPECT_EQ(ctx.err(), context_error::none);
    chan<int> woken;
    for (int i = 0; i != 3; ++i) {
      go([woken, watched = ctx] {
        watched.done().recv();
        woken.send(static_cast<int>(watched.err()));
      });
    }
    for (int i = 0; i != 4; ++i) {
      go([again = cancel] { again(); });
    }
    cancel();
    EXPECT_TRUE(is_done(ctx)) << "before cancel returns";
    cancel();
    for (int i = 0; i != 3; ++i) EXPECT_EQ(woken.recv(), static_cast<int>(context_error::canceled));
    EXPECT_EQ(to_string(ctx.err()), "context canceled");
    EXPECT_EQ(cause_of(ctx), "context canceled");
  });
}

// A tree with values between; siblings and parents stay.
TEST_P(go_context, cancellation_reaches_every_child_and_no_parent) {
  run([] {
    auto [root, cancel_root] = with_cancel(background());
    auto [left, cancel_left] = with_cancel(with_value(root, 1, 2));
    auto [right, cancel_right] = with_cancel(root);
    std::vector<context> below{left};
    for (int i = 0; i != 200; ++i)
      below.push_back(with_cancel(i % 3 == 0 ? with_value(below.back(), i, i) : below[static_cast<std::size_t>(i / 2)]).first);
    const context apart = with_cancel(without_cancel(left)).first;
    cancel_left();
    for (const context& c : below) ASSERT_TRUE(is_done(c) && c.err() == context_error::canceled);
    EXPECT_FALSE(is_done(root) || is_done(right) || is_done(apart));
    EXPECT_TRUE(is_done(with_cancel(below.back()).first)) << "born cancelled";
    cancel_root();
    EXPECT_TRUE(is_done(root) && is_done(right));
    EXPECT_FALSE(is_done(apart));
  });
}

TEST_P(go_context, timeout_says_deadline_exceeded) {
  run([] {
    const auto before = clock::now();
    auto [ctx, cancel] = with_timeout(background(), 2ms);
    auto [child, cancel_child] = with_cancel(ctx);
    child.done().recv();
    EXPECT_GE(clock::now() - before, 2ms);
    for (const context& c : {ctx, child}) {
      EXPECT_EQ(to_string(c.err()), "context deadline exceeded");
      EXPECT_EQ(cause_of(c), "context deadline exceeded");
    }
    cancel();
    EXPECT_EQ(ctx.err(), context_error::deadline_exceeded) << "the first wins";
    EXPECT_EQ(with_timeout(background(), 0s).first.err(), context_error::deadline_exceeded) << "at once";
    EXPECT_EQ(with_deadline(background(), clock::now() - 1s).first.err(), context_error::deadline_exceeded);
    auto [far, cancel_far] = with_timeout(background(), std::chrono::hours::max());
    EXPECT_EQ(far.err(), context_error::none);
    cancel_far();
    EXPECT_EQ(far.err(), context_error::canceled);
  });
}

TEST_P(go_context, earliest_deadline_wins) {
  run([] {
    const auto now = clock::now();
    const context outer = with_deadline(background(), now + 1h).first;
    EXPECT_EQ(outer.deadline(), now + 1h);
    EXPECT_EQ(with_deadline(outer, now + 2h).first.deadline(), now + 1h);
    const context inner = with_deadline(with_cancel(outer).first, now + 1ms).first;
    EXPECT_EQ(inner.deadline(), now + 1ms);
    const context below = with_timeout(inner, 1h).first;
    EXPECT_EQ(below.deadline(), now + 1ms);
    below.done().recv();
    EXPECT_EQ(inner.err(), context_error::deadline_exceeded);
    EXPECT_EQ(outer.err(), context_error::none);
  });
}

TEST_P(go_context, cause_is_kept) {
  run([] {
    auto [ctx, cancel] = with_cancel_cause(background());
    const context child = with_cancel(ctx).first;
    cancel(std::runtime_error("the disk is full"));
    cancel(std::runtime_error("too late"));
    for (const context& c : {ctx, child}) {
      EXPECT_EQ(c.err(), context_error::canceled);
      EXPECT_EQ(cause_of(c), "the disk is full");
    }
    auto [plain, cancel_plain] = with_cancel_cause(background());
    cancel_plain();
    EXPECT_EQ(cause_of(plain), "context canceled");
  });
}

TEST_P(go_context, values_by_type_and_value_of_the_key) {
  run([] {
    struct user_key {
      bool operator==(const user_key&) const = default;
    };
    const context a = with_value(background(), user_key{}, std::string("gopher"));
    const context b = with_value(with_cancel(a).first, 1, 2.5);
    const context c = with_value(b, 1, 7);
    const std::string text = "text";
    const context d = with_value(without_cancel(c), text.c_str(), 8);
    EXPECT_EQ(d.value<std::string>(user_key{}), "gopher");
    EXPECT_EQ(d.value<int>(1), 7) << "the nearest";
    EXPECT_EQ(b.value<double>(1), 2.5);
    EXPECT_FALSE(c.value<double>(1)) << "the nearest is of another type";
    EXPECT_FALSE(d.value<int>(2));
    EXPECT_FALSE(d.value<int>(1L)) << "another type of key";
    EXPECT_EQ(d.value<int>("text"), 8) << "compared as text";
    EXPECT_FALSE(background().value<int>(1));
  });
}

// Nothing of a child stays in its parent, cancelled or forgotten; a done channel alone keeps what it needs.
TEST_P(go_context, children_do_not_leak) {
  run([] {
    auto token = std::make_shared<int>(0);
    auto [parent, cancel] = with_cancel(background());
    for (int i = 0; i != scaled(5000); ++i) {
      auto [ctx, cancel_it] = with_timeout(with_value(parent, 1, token), 1h);
      if (i % 2 == 0) cancel_it();
    }
    EXPECT_EQ(token.use_count(), 1);
    const auto done = with_cancel(with_value(parent, 1, token)).first.done();
    EXPECT_EQ(token.use_count(), 2);
    cancel();
    done.recv();
  });
}

// Children come, go and are cancelled while their parent is.
TEST_P(go_context, cancelled_from_everywhere_at_once) {
  run([] {
    for (int round = 0; round != scaled(40); ++round) {
      auto [parent, cancel] = with_cancel(background());
      wait_group group;
      for (int g = 0; g != 6; ++g) {
        group.go([above = parent, g] {
          for (int i = 0; i != 20; ++i) {
            auto [child, cancel_child] = g % 2 == 0 ? with_timeout(above, std::chrono::microseconds(i * g)) : with_cancel(above);
            const context below = with_cancel(child).first;
            if (i % 3 == g % 3) cancel_child();
            if (i % 4 == 0) yield();
          }
          above.done().recv();
          EXPECT_TRUE(is_done(with_cancel(above).first));
        });
      }
      group.go([again = cancel] { again(); });
      group.wait();
    }
  });
}

// Foreign threads may do all of it; outside run there are no timers.
TEST_P(go_context, from_foreign_threads) {
  auto [before, cancel_before] = with_cancel(background());
  cancel_before();
  EXPECT_TRUE(is_done(before));
  EXPECT_EQ(panic_of([] { with_timeout(background(), 1s); }), "stealyard: timer outside run");
  run([] {
    auto [ctx, cancel] = with_cancel(background());
    std::thread outside([end = cancel, guard = foreign_guard()] { end(); });
    ctx.done().recv();
    outside.join();
  });
}

// A deadline is something that can happen still; a context that is cancelled or dropped has none.
TEST_P(go_context, deadlines_withhold_the_deadlock_message) {
  const row r = GetParam();
  const child waits =
      in_child([&] { return stealyard::run(r.parts(), [] { with_timeout(background(), 1h).first.done().recv(); }); }, 100ms);
  EXPECT_TRUE(waits.timed_out) << ::testing::PrintToString(waits);
  const child ends = in_child(
      [&] {
        return stealyard::run(r.parts(), [] {
          auto [ctx, cancel] = with_timeout(background(), 1h);
          with_timeout(background(), 1h);
          cancel();
          ctx.done().recv();
          chan<int>().recv();
        });
      },
      60s);
  EXPECT_EQ(ends.status, 2) << ::testing::PrintToString(ends);
  EXPECT_TRUE(starts_with(ends.err, "fatal error: all goroutines are asleep - deadlock!"));
}

}  // namespace stealyard::go_tests
