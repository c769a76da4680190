// idle_burn: what waiting costs: work arrives from outside at a steady rate, and the workers have nothing else to do.
//
// size is the rate: arrivals a second, for a tenth of a second. The sample is the latency from the moment of arrival to its receipt; the
// metric is the processor time that the process used for an arrival, less that of the outside thread, which is where parking strategies and
// searchers differ: sweep --size to see which rate makes spinning worth its burn.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <chrono>
#include <ctime>
#include <sys/prctl.h>
#include <thread>

namespace stealyard::bench::idle_burn {

using clock = std::chrono::steady_clock;

struct arrival {
  std::uint64_t number = 0;
  clock::time_point due{};
};

inline double cpu_ns(clockid_t of) {
  timespec t{};
  clock_gettime(of, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// Evenly spaced. A late one (the outside thread lost its processor) counts from when it was sent: the wait before was not the runtime's.
inline void send_arrivals(const chan<arrival>& arrivals, std::uint64_t count, std::chrono::nanoseconds gap, double& cpu_used) {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  clock::time_point due = clock::now();
  for (std::uint64_t i = 0; i != count; ++i) {
    due += gap;
    std::this_thread::sleep_until(due);
    arrivals.send({i, clock::now()});
  }
  arrivals.close();
  cpu_used = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

inline run_outcome run(std::uint64_t size, random_source&) {
  const std::uint64_t count = std::max<std::uint64_t>(size / 10, 1);
  const std::chrono::nanoseconds gap(1'000'000'000 / size);
  chan<arrival> arrivals(64);
  std::vector<double> latencies;
  latencies.reserve(count);
  std::uint64_t in_order = 0;
  double outside_cpu = 0;
  const double cpu_before = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  const stopwatch watch;
  std::thread outside([arrivals, count, gap, &outside_cpu, guard = foreign_guard()] { send_arrivals(arrivals, count, gap, outside_cpu); });
  for (const arrival& received : arrivals) {
    latencies.push_back(std::chrono::duration<double, std::nano>(clock::now() - received.due).count());
    if (received.number == in_order) ++in_order;
  }
  const double elapsed = watch.ns();
  outside.join();
  const double burnt = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_before - outside_cpu;
  return {.elapsed_ns = elapsed,
          .operations = count,
          .expected = std::to_string(count),
          .got = std::to_string(in_order),
          .latencies_ns = std::move(latencies),
          .metrics = {{"cpu_ns_each", burnt / static_cast<double>(count)}, {"cpu_share", burnt / elapsed}}};
}

inline workload row() {
  return {
      .name = "idle_burn",
      .unit = "ns",
      .default_size = 5'000,
      .most_size = 200'000,
      .latency = true,
      .uses = {"idle", "parker"},
      .needs = {"channel_buffer:producer_order"},
      .about = "arrivals from outside at a steady rate for 0.1 s: latency, and processor time burnt an arrival; size: arrivals a second",
      .run = &run};
}

}  // namespace stealyard::bench::idle_burn
