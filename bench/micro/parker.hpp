// Micro-benchmarks of a parker: permits without a sleeper, and wakes with one.
#pragma once
#include "bench/harness/micro.hpp"
#include "bench/harness/second_thread.hpp"
#include "core/contract/parker.hpp"
#include "core/world/native.hpp"

namespace stealyard::micro::parker_suite {

// Permits do not accumulate: however many unparks, one park returns at once and the next one finds nothing.
template <class Parker>
run_outcome unpark(std::uint64_t size, random_source&) {
  Parker parker;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) parker.unpark();
  const double elapsed = watch.ns();
  const bool one = parker.park(0);
  const bool two = parker.park(0);
  return {.elapsed_ns = elapsed,
          .operations = size,
          .expected = "one permit",
          .got = one && !two ? "one permit"
                 : two       ? "more than one permit"
                             : "no permit"};
}

template <class Parker>
run_outcome unpark_park(std::uint64_t size, random_source&) {
  Parker parker;
  std::uint64_t permits = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    parker.unpark();
    permits += parker.park(never) ? 1 : 0;
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(size), .got = std::to_string(permits)};
}

// Two threads wake each other in turn. The number that goes to and fro is no atomic: the permit must carry it.
template <class Parker>
run_outcome wake(std::uint64_t size, random_source&) {
  Parker here, there;
  std::uint64_t number = 0;
  bench::pair_of_threads two([&] {
    for (std::uint64_t i = 0; i != size; ++i) {
      while (!there.park(never)) {
      }
      ++number;
      here.unpark();
    }
  });
  two.start();
  std::uint64_t sum = 0, expected = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    there.unpark();
    while (!here.park(never)) {
    }
    sum += number;
    expected += i + 1;
  }
  const double elapsed = watch.ns();
  two.join();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(expected), .got = std::to_string(sum)};
}

template <template <class> class V>
void add(const char* name) {
  using parker = V<native>;
  suite s("parker", name);
  s.add({"unpark", "unpark with nobody asleep and a permit there; size: unparks", 20'000, 100'000'000, &unpark<parker>});
  s.add({"unpark_park", "a permit made and consumed by one thread; size: pairs", 20'000, 100'000'000, &unpark_park<parker>});
  s.add({"wake", "two threads wake each other in turn; size: round trips", 200, 1'000'000, &wake<parker>, 2});
}

}  // namespace stealyard::micro::parker_suite
