#include "bench/harness/sampling.hpp"

#include "core/go/run.hpp"

#include <algorithm>
#include <cmath>
#include <sys/resource.h>

namespace stealyard::bench {

double cpu_seconds_so_far() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

namespace {

double nearest_rank(const std::vector<double>& ordered, double percent) {
  const double rank = std::ceil(percent / 100 * static_cast<double>(ordered.size()));
  return ordered[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

latency_summary summarise(std::vector<double> latencies) {
  latency_summary summary{.count = latencies.size(), .percentiles = {}};
  if (latencies.empty()) return summary;
  std::sort(latencies.begin(), latencies.end());
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    summary.percentiles.push_back({percent, nearest_rank(latencies, percent)});
  }
  return summary;
}

// What the harness itself adds to an operation: the loop around it; for latencies the two readings of the clock.
double own_cost(const workload& program, std::uint64_t operations) {
  const std::uint64_t turns = std::clamp<std::uint64_t>(operations, 1, 1'000'000);
  const stopwatch watch;
  for (std::uint64_t i = 0; i != turns; ++i) {
    if (program.latency) {
      double read = stopwatch().ns();
      asm volatile("" : "+m"(read));
    } else {
      opaque(i);
    }
  }
  return watch.ns() / static_cast<double>(turns) / program.ns_per_unit;
}

struct sample {
  double value = 0;
  std::uint64_t operations = 0;
};

sample take_sample(const request& wanted, random_source& random, measured& result, std::vector<double>& all_latencies) {
  const workload& program = *wanted.program;
  const double shortest = static_cast<double>(wanted.min_time_ms) * 1e6;
  double elapsed = 0;
  sample taken;
  std::vector<double> latencies;
  while (taken.operations == 0 || elapsed < shortest) {
    const run_outcome run = program.run(wanted.size, random);
    result.checked.check(run);
    elapsed += run.elapsed_ns;
    taken.operations += run.operations;
    latencies.insert(latencies.end(), run.latencies_ns.begin(), run.latencies_ns.end());
    for (const auto& [name, value] : run.metrics) result.metrics[name].push_back(value);
  }
  if (latencies.empty()) {
    taken.value = elapsed / static_cast<double>(taken.operations) / program.ns_per_unit;
  } else {
    taken.value = median(latencies);
    all_latencies.insert(all_latencies.end(), latencies.begin(), latencies.end());
  }
  return taken;
}

void take_all(const request& wanted, measured& result) {
  random_source random(wanted.seed);
  std::vector<double> latencies;
  result.checked.check(wanted.program->run(wanted.size, random));
  const double before = cpu_seconds_so_far();
  while (result.samples.size() != wanted.samples) {
    const sample taken = take_sample(wanted, random, result, latencies);
    result.samples.push_back(taken.value);
    result.operations = taken.operations;
  }
  result.cpu_seconds = cpu_seconds_so_far() - before;
  result.latency = summarise(std::move(latencies));
  result.harness_cost = own_cost(*wanted.program, result.operations);
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return nearest_rank(values, 50);
}

measured sample_workload(const request& wanted) {
  measured result;
  result.unit = wanted.program->unit;
  result.threads = wanted.workers;
  options chosen;
  chosen.workers = wanted.workers;
  chosen.run_queue = wanted.parts.at("run_queue");
  chosen.channel_buffer = wanted.parts.at("channel_buffer");
  chosen.parker = wanted.parts.at("parker");
  chosen.idle = wanted.parts.at("idle");
  chosen.victim = wanted.parts.at("victim");
  chosen.timer_queue = wanted.parts.at("timer_queue");
  chosen.selector = wanted.parts.at("selector");
  chosen.stack = wanted.parts.at("stack");
  chosen.seed = wanted.seed;
  bool finished = false;
  const int status = run(chosen, [&] {
    take_all(wanted, result);
    finished = true;
  });
  if (!finished) throw refused{status};  // run() has said why
  return result;
}

}  // namespace stealyard::bench
