// sum [RUN_QUEUE]: a thousand goroutines send their number over one channel.
#include "core/go.hpp"

#include <cstdio>

int main(int count, char** words) {
  return stealyard::run({.workers = 2, .run_queue = count > 1 ? words[1] : ""}, [] {
    using namespace stealyard;
    chan<int> numbers(8);
    for (int i = 1; i <= 1000; ++i) go([=] { numbers.send(i); });
    long total = 0;
    for (int i = 0; i != 1000; ++i) total += numbers.recv();
    std::printf("%ld\n", total);
  });
}
