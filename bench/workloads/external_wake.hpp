// external_wake: how long an idle runtime takes to notice a thread of the outside world, from before the send to after the receipt.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <chrono>
#include <thread>

namespace stealyard::bench::external_wake {

using clock = std::chrono::steady_clock;

struct wake {
  std::uint64_t number = 0;
  clock::time_point sent{};
};

// Sleeps 100 to 300 µs, so that the workers have gone to sleep too, and sends; `size` times.
inline void send_wakes(const chan<wake>& wakes, std::uint64_t size, std::uint64_t seed) {
  random_source random(seed);
  for (std::uint64_t i = 0; i != size; ++i) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(100'000 + random.below(200'001)));
    wakes.send({i, clock::now()});
  }
  wakes.close();
}

inline run_outcome run(std::uint64_t size, random_source& random) {
  chan<wake> wakes;
  std::vector<double> latencies;
  latencies.reserve(size);
  std::uint64_t in_order = 0;
  const stopwatch watch;
  std::thread outside([wakes, size, seed = random.next(), guard = foreign_guard()] { send_wakes(wakes, size, seed); });
  for (const wake& received : wakes) {
    latencies.push_back(std::chrono::duration<double, std::nano>(clock::now() - received.sent).count());
    if (received.number == in_order) ++in_order;
  }
  const double elapsed = watch.ns();
  outside.join();  // blocks a worker, for as long as a thread takes to end
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = std::to_string(size),
          .got = std::to_string(in_order),
          .latencies_ns = std::move(latencies)};
}

inline workload row() {
  return {.name = "external_wake",
          .unit = "ns",
          .default_size = 200,
          .most_size = 100'000,
          .latency = true,
          .quick = true,
          .uses = {"idle", "parker"},
          .needs = {},
          .about = "a foreign thread wakes an idle runtime: from send to receipt; size: wakes",
          .run = &run};
}

}  // namespace stealyard::bench::external_wake
