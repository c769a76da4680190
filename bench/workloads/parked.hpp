// parked: goroutines that begin and wait: a million of them, if asked. Two workloads, because they answer two questions: parked_cold after
// all idle memory went back to the system (page faults included), parked_warm on the memory of those before.
//
// Timed is the creation: from the first go until the last goroutine has begun. The metrics are per goroutine, of the whole process
// against just before: resident and proportional set, and the kernel's page tables, which neither counts. The kernel keeps the tables of
// memory that was given back, so they are counted from before the first run of the process.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <atomic>
#include <cstring>
#include <fstream>

namespace stealyard::bench::parked {

struct memory {
  double rss = 0, pss = 0, page_tables = 0;  // bytes
};

// A field of /proc/self/FILE, which is in kB.
inline double field(const char* file, const char* name) {
  std::ifstream in(file);
  for (std::string word; in >> word;) {
    if (word == name) return in >> word ? std::stod(word) * 1024 : 0;
  }
  return 0;
}
inline memory memory_now() {
  return {field("/proc/self/smaps_rollup", "Rss:"), field("/proc/self/smaps_rollup", "Pss:"), field("/proc/self/status", "VmPTE:")};
}

inline run_outcome run(std::uint64_t size, bool cold) {
  if (cold) free_os_memory();
  chan<int> gate;
  wait_group begun, ended;
  std::atomic<std::uint64_t> sum{0};
  begun.add(static_cast<std::int64_t>(size));
  ended.add(static_cast<std::int64_t>(size));
  const memory before = memory_now();
  static const double first_page_tables = before.page_tables;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    go([&begun, &ended, &sum, &gate, i] {
      begun.done();
      gate.recv_ok();
      sum.fetch_add(i, std::memory_order::relaxed);
      ended.done();
    });
  }
  begun.wait();
  const double elapsed = watch.ns();
  const memory after = memory_now();
  gate.close();
  ended.wait();
  const auto each = [size](double bytes_before, double bytes_after) { return (bytes_after - bytes_before) / static_cast<double>(size); };
  run_outcome outcome{
      .elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size * (size - 1) / 2), .got = std::to_string(sum.load())};
  if (cold) {
    outcome.metrics = {{"rss_bytes_each", each(before.rss, after.rss)},
                       {"pss_bytes_each", each(before.pss, after.pss)},
                       {"page_table_bytes_each", each(first_page_tables, after.page_tables)}};
  }
  return outcome;
}

inline workload row(bool cold) {
  return {.name = cold ? "parked_cold" : "parked_warm",
          .default_size = 10'000,
          .most_size = 1'000'000,  // the address space that is reserved for stacks
          .quick = !cold,
          .uses = {"stack"},
          .needs = {},
          .about = cold ? "goroutines that begin and wait, on memory fresh from the system; ns each, and bytes; size: goroutines"
                        : "goroutines that begin and wait, on the memory of earlier ones; ns each; size: goroutines",
          .run = cold ? +[](std::uint64_t size, random_source&) { return run(size, true); }
                      : +[](std::uint64_t size, random_source&) { return run(size, false); }};
}

}  // namespace stealyard::bench::parked
