// The runtime with the parts named in its arguments: many goroutines at once (more than a bounded run queue holds), a small buffered
// channel between them, close. Ends with 0 if every number arrived once.
//   stealyard-outside-runtime RUN_QUEUE CHANNEL_BUFFER
#include "core/go.hpp"

#include <cstdio>

namespace {

constexpr int producers = 700, numbers_each = 5, consumers = 3;

// Of 1 .. n, each once.
long long sum_up_to(long long n) { return n * (n + 1) / 2; }

void main_goroutine(long long& count, long long& sum) {
  using namespace stealyard;
  chan<int> numbers(3);
  chan<long long> counts(consumers), sums(consumers);
  for (int c = 0; c != consumers; ++c) {
    go([=] {
      long long n = 0, s = 0;
      for (int number : numbers) ++n, s += number;
      counts.send(n);
      sums.send(s);
    });
  }
  wait_group all;
  for (int p = 0; p != producers; ++p) {
    all.go([=] {
      for (int i = 1; i <= numbers_each; ++i) numbers.send(p * numbers_each + i);
    });
  }
  all.wait();
  numbers.close();
  for (int c = 0; c != consumers; ++c) count += counts.recv(), sum += sums.recv();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s RUN_QUEUE CHANNEL_BUFFER\n", argv[0]), 2;
  for (unsigned workers = 1; workers <= 3; ++workers) {
    long long count = 0, sum = 0;
    const int status =
        stealyard::run({.workers = workers, .run_queue = argv[1], .channel_buffer = argv[2]}, [&] { main_goroutine(count, sum); });
    if (status != 0) return status;
    constexpr long long n = producers * numbers_each;
    std::printf("%u workers: %lld numbers, sum %lld\n", workers, count, sum);
    if (count != n || sum != sum_up_to(n)) return std::fprintf(stderr, "expected %lld numbers, sum %lld\n", n, sum_up_to(n)), 1;
  }
  return 0;
}
