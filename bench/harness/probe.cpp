// stealyard-probe: how far apart are two CPUs at this moment? Prints one line of JSON:
//   {"round_trip_ns":85.2,"mode":"near"}
// Virtual CPUs move: within seconds two of them drift between sharing a cache and not, and every contended figure moves with
// them. The harness runs this before and after each measurement and compares only measurements of like placement.
//
// Two threads, each pinned to one allowed CPU, bounce a cache line for at most 20 ms. The median over short batches is taken, so
// that a thread descheduled for a while does not look like distance.
//
// --matrix measures every pair instead, once, for the record of a run (a pair that gave no answer is null):
//   {"cpus":[0,1],"round_trip_ns":[[0,85.2],[85.2,0]]}
#include <sched.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr auto time_budget = std::chrono::milliseconds(20);
constexpr auto matrix_budget = std::chrono::milliseconds(2000);  // of all pairs together, as long as each gets a millisecond
constexpr std::size_t most_in_a_matrix = 64;  // evenly chosen where there are more: 2,016 pairs
constexpr int trips_per_batch = 64;
constexpr std::size_t enough_batches = 400;
// Measured on machines of ours, 4,220 probes of two published runs: 23 between two threads of a core, 85 or 145 (up to 224) within a
// cache, 390 to 410 across, nothing in between.
constexpr double near_below_ns = 280.0;
// Above that it is no distance. The farthest sockets of the largest machines answer within some 2,000 ns; a thread that lost its CPU is
// away for a slice of the scheduler, 750,000 ns at the least, which a batch of 64 shows as 11,700. A median that high means that more
// than half of the batches lost theirs: somebody else is running here.
constexpr double disturbed_above_ns = 5000.0;

constexpr std::string_view mode_of(double ns) { return ns < near_below_ns ? "near" : ns <= disturbed_above_ns ? "far" : "unknown"; }
static_assert(mode_of(23) == "near" && mode_of(224.17) == "near" && mode_of(390) == "far" && mode_of(2000) == "far");
static_assert(mode_of(11700) == "unknown" && mode_of(374909) == "unknown");

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

bool pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct alignas(256) shared_line {
  std::atomic<std::uint32_t> turn{0};  // even: ours to write; odd: the echo's
  std::atomic<bool> stop{false};
};

// Echoes every odd value by the next even one. `stop` is read only while waiting, so it costs the round trip nothing.
void echo(shared_line& line, int cpu, std::atomic<int>& pinned) {
  pinned.store(pin(cpu) ? 1 : -1, std::memory_order_release);
  for (;;) {
    const std::uint32_t seen = line.turn.load(std::memory_order_acquire);
    if (seen & 1)
      line.turn.store(seen + 1, std::memory_order_release);
    else if (line.stop.load(std::memory_order_relaxed))
      return;
    else
      pause();
  }
}

// One batch; false when time ran out in the middle of it (the echo may not be running at all).
bool bounce(shared_line& line, clock_type::time_point deadline) {
  for (int trip = 0; trip < trips_per_batch; ++trip) {
    const std::uint32_t mine = line.turn.load(std::memory_order_relaxed);
    line.turn.store(mine + 1, std::memory_order_release);
    for (std::uint32_t spins = 0; line.turn.load(std::memory_order_acquire) != mine + 2; ++spins) {
      pause();
      if (spins % 1024 == 1023 && clock_type::now() > deadline) return false;
    }
  }
  return true;
}

// Median round trip in ns; negative when no batch was finished.
double round_trip(int first, int second, std::chrono::nanoseconds budget, const char*& failure) {
  shared_line line;
  std::atomic<int> pinned{0};
  std::thread partner(echo, std::ref(line), second, std::ref(pinned));
  const bool here = pin(first);
  while (pinned.load(std::memory_order_acquire) == 0) std::this_thread::yield();
  std::vector<double> batches;
  if (!here || pinned.load(std::memory_order_relaxed) < 0) {
    failure = "a thread could not be pinned to its CPU";
  } else {
    const auto deadline = clock_type::now() + budget;
    while (batches.size() < enough_batches) {
      const auto start = clock_type::now();
      if (start > deadline || !bounce(line, deadline)) break;
      batches.push_back(std::chrono::duration<double, std::nano>(clock_type::now() - start).count() / trips_per_batch);
    }
    if (batches.empty()) failure = "the second thread did not answer in time";
  }
  line.stop.store(true, std::memory_order_relaxed);
  partner.join();
  if (batches.empty()) return -1;
  const auto middle = batches.begin() + static_cast<std::ptrdiff_t>(batches.size() / 2);
  std::nth_element(batches.begin(), middle, batches.end());
  return *middle;
}

// For the record of a run: tried again while somebody else holds a CPU; negative where that does not end, which is no distance either.
double undisturbed(int first, int second, std::chrono::nanoseconds budget) {
  const char* failure = nullptr;
  for (int tries = 0; tries < 3; ++tries) {
    const double ns = round_trip(first, second, budget, failure);
    if (ns >= 0 && mode_of(ns) != "unknown") return ns;
  }
  return -1;
}

int report(const char* text) { return std::puts(text) >= 0 && std::fflush(stdout) == 0 ? 0 : 1; }

std::vector<int> at_most(std::vector<int> cpus, std::size_t count) {
  if (cpus.size() <= count) return cpus;
  std::vector<int> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(cpus[i * cpus.size() / count]);
  return chosen;
}

std::string number(double ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", ns);
  return ns < 0 ? "null" : text;
}

int matrix() {
  const std::vector<int> cpus = at_most(allowed_cpus(), most_in_a_matrix);
  const std::size_t count = cpus.size(), pairs = std::max<std::size_t>(count * (count - 1) / 2, 1);
  const auto each = std::clamp<std::chrono::nanoseconds>(matrix_budget / pairs, std::chrono::milliseconds(1), time_budget);
  std::vector<double> trips(count * count, 0);
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = a + 1; b < count; ++b) trips[a * count + b] = trips[b * count + a] = undisturbed(cpus[a], cpus[b], each);
  std::string text = "{\"cpus\":[";
  for (std::size_t a = 0; a < count; ++a) text += (a ? "," : "") + std::to_string(cpus[a]);
  text += "],\"round_trip_ns\":[";
  for (std::size_t a = 0; a < count; ++a) {
    text += a ? ",[" : "[";
    for (std::size_t b = 0; b < count; ++b) text += (b ? "," : "") + number(trips[a * count + b]);
    text += ']';
  }
  return report((text + "]}").c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    if (argc == 2 && std::strcmp(argv[1], "--help") == 0)
      return report(
          "stealyard-probe: bounces a cache line between the first two allowed CPUs (--matrix: between all) and prints one line of JSON");
    if (argc == 2 && std::strcmp(argv[1], "--matrix") == 0) return matrix();
    const bool known = std::strcmp(argv[1], "--matrix") == 0 || std::strcmp(argv[1], "--help") == 0;
    std::fprintf(stderr, "stealyard-probe: unknown argument '%s'; known: --matrix, --help, one at a time\n", argv[known ? 2 : 1]);
    return 2;
  }
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.size() < 2) return report(R"({"round_trip_ns":null,"mode":"single"})");
  const char* failure = nullptr;
  const double ns = round_trip(cpus[0], cpus[1], time_budget, failure);
  char text[200];
  if (ns < 0)
    std::snprintf(text, sizeof text, R"({"round_trip_ns":null,"mode":"unknown","reason":"%s"})", failure);
  else if (mode_of(ns) == "unknown")
    std::snprintf(text, sizeof text, R"({"round_trip_ns":%.2f,"mode":"unknown","reason":"disturbed: somebody else ran on these CPUs"})",
                  ns);
  else
    std::snprintf(text, sizeof text, R"({"round_trip_ns":%.2f,"mode":"%s"})", ns, mode_of(ns).data());
  return report(text);
}
