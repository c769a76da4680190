// Descriptors: goroutines read, write, accept and connect without holding a worker, with deadlines.
#include "stress/go/long_runs.hpp"
#include "stress/go/messages.hpp"

#include <array>
#include <fcntl.h>
#include <numeric>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace stealyard::go_tests {

STEALYARD_ON_ROWS(go_descriptor);

namespace {

std::pair<descriptor, descriptor> connected() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  return {descriptor(ends[0]), descriptor(ends[1])};
}

template <class F>
std::string io_error_of(F&& f) {
  try {
    f();
  } catch (const io_error& e) {
    return e.what();
  }
  return "";
}

void echo(const descriptor& d) {
  std::array<char, 256> buffer;
  while (const std::size_t n = d.read(buffer.data(), buffer.size())) d.write(buffer.data(), n);
  d.close();
}

// One connection's life: every answer is checked.
void talk(const descriptor& d, int who, int times) {
  std::array<char, 64> buffer;
  for (int i = 0; i != times; ++i) {
    const std::string said = std::to_string(who) + ":" + std::to_string(i);
    d.write(said);
    std::string heard;
    while (heard.size() < said.size()) {
      const std::size_t n = d.read(buffer.data(), buffer.size());
      ASSERT_NE(n, 0u) << "closed early";
      heard.append(buffer.data(), n);
    }
    ASSERT_EQ(heard, said);
  }
}

// As many descriptors as the system lets us have, for `connections` pairs in two processes.
int affordable(int connections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  constexpr int others = 100;
  return std::min(connections, static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1'000'000)) - others);
}

}  // namespace

TEST_P(go_descriptor, a_pipe_carries_what_was_written) {
  run([] {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const descriptor out(ends[0]);
    const descriptor in(ends[1]);
    const std::size_t bytes = static_cast<std::size_t>(scaled(1'000'000));  // more than a pipe holds: both sides must wait
    wait_group group;
    group.go([=] {
      std::vector<unsigned char> all(bytes);
      for (std::size_t i = 0; i != bytes; ++i) all[i] = static_cast<unsigned char>(i * 7 + i / 256);
      in.write(all.data(), all.size());
      in.close();
    });
    std::size_t got = 0;
    std::size_t wrong = 0;
    std::array<unsigned char, 5000> buffer;
    while (const std::size_t n = out.read(buffer.data(), buffer.size())) {
      for (std::size_t i = 0; i != n; ++i, ++got) wrong += buffer[i] != static_cast<unsigned char>(got * 7 + got / 256);
    }
    group.wait();
    EXPECT_EQ(got, bytes);
    EXPECT_EQ(wrong, 0u);
  });
}

TEST_P(go_descriptor, one_that_waits_holds_no_worker) {
  run_alone([] {
    auto [a, b] = connected();
    int heard = 0;
    wait_group group;
    group.go([&, d = a] {
      char c = 0;
      while (d.read(&c, 1) == 1) heard += c;
    });
    group.go([d = b] {
      for (char c = 1; c != 11; ++c) {
        d.write(&c, 1);
        if (c % 3 == 0) sleep(1ms);
        yield();
      }
      d.close();
    });
    group.wait();
    EXPECT_EQ(heard, 55);
  });
}

TEST_P(go_descriptor, deadlines) {
  run([] {
    auto [a, b] = connected();
    char c = 0;
    const auto before = clock::now();
    a.set_read_deadline(before + 20ms);
    EXPECT_EQ(io_error_of([&] { a.read(&c, 1); }), "read: i/o timeout");
    EXPECT_GE(clock::now() - before, 20ms);
    EXPECT_EQ(io_error_of([&] { a.read(&c, 1); }), "read: i/o timeout") << "it has passed";
    b.write("x");
    EXPECT_EQ(io_error_of([&] { a.read(&c, 1); }), "read: i/o timeout") << "even though there is something";
    a.set_read_deadline(clock::time_point::max());
    EXPECT_EQ(a.read(&c, 1), 1u);
    // One that is met; a shorter one beside a longer one; and a writer's.
    a.set_deadline(clock::now() + 20s);
    wait_group group;
    group.go([d = b] {
      sleep(2ms);
      d.write("y");
    });
    EXPECT_EQ(a.read(&c, 1), 1u);
    EXPECT_EQ(c, 'y');
    b.set_write_deadline(clock::now() + 10ms);
    const std::string much(4'000'000, 'm');
    try {
      b.write(much);
      ADD_FAILURE() << "nobody reads";
    } catch (const io_error& e) {
      EXPECT_TRUE(e.timeout());
      EXPECT_STREQ(e.what(), "write: i/o timeout");
    }
    group.wait();
    const descriptor listening = listen_tcp("127.0.0.1", 0);
    listening.set_deadline(clock::now() + 1ms);
    EXPECT_EQ(io_error_of([&] { listening.accept(); }), "accept: i/o timeout");
  });
}

// Data and deadlines at the same moment, again and again.
TEST_P(go_descriptor, deadlines_beside_data) {
  run([] {
    auto [a, b] = connected();
    int heard = 0;
    const int times = scaled(300);
    wait_group group;
    group.go([=, d = b] {
      for (int i = 0; i != times; ++i) {
        d.write("z");
        sleep(std::chrono::microseconds(i * 37 % 1500));
      }
      d.close();
    });
    for (bool open = true; open;) {
      char c = 0;
      a.set_read_deadline(clock::now() + 500us);
      try {
        const std::size_t n = a.read(&c, 1);
        heard += static_cast<int>(n);
        open = n != 0;
      } catch (const io_error& e) {
        ASSERT_TRUE(e.timeout());
      }
    }
    group.wait();
    EXPECT_EQ(heard, times);
  });
}

TEST_P(go_descriptor, close_wakes_whoever_waits) {
  run([] {
    auto [a, b] = connected();
    wait_group group;
    std::atomic<int> failed{0};
    for (int i = 0; i != 3; ++i) {
      group.go([&, d = a] {
        char c;
        failed += io_error_of([&] { d.read(&c, 1); }) == "read: use of closed network connection";
      });
    }
    sleep(1ms);
    a.close();
    a.close();
    group.wait();
    EXPECT_EQ(failed, 3);
    EXPECT_EQ(io_error_of([&] { a.write("x"); }), "write: use of closed network connection");
    char c;
    EXPECT_EQ(b.read(&c, 1), 0u) << "the other side sees the end at once";
    EXPECT_EQ(io_error_of([&] { b.write("x"); }), "write: Broken pipe");
    EXPECT_EQ(io_error_of([] { descriptor{}.accept(); }), "accept: use of closed network connection");
  });
}

TEST_P(go_descriptor, what_cannot_be_done_says_so) {
  run([] {
    const int taken = listen_tcp("127.0.0.1", 0).local_port();  // closed again: nobody listens there
    EXPECT_EQ(io_error_of([&] { dial_tcp("127.0.0.1", static_cast<std::uint16_t>(taken)); }), "connect: Connection refused");
    EXPECT_EQ(io_error_of([] { dial_tcp("nowhere", 1); }), "connect: Invalid argument");
    EXPECT_EQ(io_error_of([] { descriptor(::open("/proc/self/exe", O_RDONLY)); }), "descriptor: Operation not permitted");
    EXPECT_EQ(io_error_of([] { descriptor(-1); }), "descriptor: use of closed network connection");
  });
  EXPECT_EQ(panic_of([] { descriptor(::dup(0)); }), "stealyard: descriptor outside run");
}

TEST_P(go_descriptor, foreign_threads_may_use_them) {
  run([] {
    auto [a, b] = connected();
    std::thread t([d = b, guard = foreign_guard()] { echo(d); });
    talk(a, 1, 50);
    a.close();
    t.join();
  });
}

// Both sides: a goroutine that waits for a descriptor may yet be woken from outside; once none does, all is a deadlock.
TEST_P(go_descriptor, a_deadlock_is_withheld_meanwhile) {
  const row r = GetParam();
  const child died = in_child([&] {
    return stealyard::run(r.parts(), [] {
      int ends[2];
      if (::pipe(ends) != 0) return;
      go([out = descriptor(ends[0])] {
        char c;
        out.read(&c, 1);
        std::printf("heard\n");
        std::fflush(stdout);
      });
      std::thread([end = ends[1]] {
        std::this_thread::sleep_for(30ms);
        (void)!::write(end, "x", 1);
      }).detach();
      chan<int>{}.recv();
    });
  });
  expect_death_by(died, "deadlock");
  EXPECT_EQ(died.out, "heard\n");
}

TEST_P(go_descriptor, a_dump_says_io_wait) {
  run([] {
    auto [a, b] = connected();
    wait_group group;
    group.go([d = a] {
      char c;
      d.read(&c, 1);
    });
    EXPECT_TRUE(eventually([] {
      for (const auto& one : leaked_goroutines()) {
        if (std::string(one.waits_for) == "IO wait") return true;
      }
      return false;
    }));
    b.write("x");
    group.wait();
  });
}

TEST_P(go_descriptor, a_run_ends_while_others_wait) {
  const row r = GetParam();
  const child ended = in_child([&] {
    for (int i = 0; i != 5; ++i) {
      std::optional<descriptor> kept;
      stealyard::run(r.parts(), [&] {
        auto [a, b] = connected();
        kept = a;
        auto* leaked = new descriptor(b);
        go([leaked] {
          char c;
          leaked->read(&c, 1);
        });
        for (int k = 0; k != i; ++k) yield();
      });
      if (io_error_of([&] { kept->write("x"); }) != "write: use of closed network connection") return 8;
    }
    return 7;
  });
  EXPECT_EQ(ended.status, 7) << ::testing::PrintToString(ended);
}

namespace {

// The server is this process, the clients another: each has but its own ends to pay for.
void expect_echo_server(const options& parts, int connections, int times) {
  const int n = affordable(connections);
  if (n < connections) std::printf("[   note   ] %d connections instead of %d: RLIMIT_NOFILE\n", n, connections);
  int port_pipe[2];
  ASSERT_EQ(::pipe(port_pipe), 0);
  const child served = in_child(
      [&] {
        if (const pid_t clients = ::fork(); clients == 0) {
          std::uint16_t port = 0;
          if (::read(port_pipe[0], &port, sizeof port) != sizeof port) ::_exit(3);
          ::_exit(stealyard::run(parts, [&] {
            std::vector<descriptor> all(static_cast<std::size_t>(n));
            std::atomic<int> done{0};
            wait_group group;
            for (int i = 0; i != n; ++i) {
              all[static_cast<std::size_t>(i)] = dial_tcp("127.0.0.1", port, clock::now() + 30s);
              group.go([&, i] { talk(all[static_cast<std::size_t>(i)], i, times), ++done; });
            }
            group.wait();  // all of them are open at once
            return done == n && !::testing::Test::HasFailure() ? 7 : 8;
          }));
        }
        std::atomic<int> accepted{0};
        const int status = stealyard::run(parts, [&] {
          const descriptor listening = listen_tcp("127.0.0.1", 0);
          const std::uint16_t port = listening.local_port();
          (void)!::write(port_pipe[1], &port, sizeof port);
          wait_group group;
          for (; accepted != n; ++accepted) group.go([d = listening.accept()] { echo(d); });
          group.wait();
          return 7;
        });
        int raw = 0;
        ::wait(&raw);
        return status == 7 && WIFEXITED(raw) ? WEXITSTATUS(raw) : 9;
      },
      100s);
  ::close(port_pipe[0]);
  ::close(port_pipe[1]);
  EXPECT_EQ(served.status, 7) << ::testing::PrintToString(served);
}

}  // namespace

TEST_P(go_descriptor, a_concurrent_echo_server) { expect_echo_server(GetParam().parts(), scaled(200), 3); }

// 10,000 with --long; a tenth of that else.
TEST(go_descriptor_load, ten_thousand_connections_on_two_workers) {
  expect_echo_server({.workers = 2, .stack_size = sanitized ? std::size_t{512} << 10 : 0}, long_runs ? 10000 : scaled(1000), 3);
}

}  // namespace stealyard::go_tests
