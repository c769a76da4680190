// The positive control of the TSan builds: two goroutines on two workers write the same plain variable. It must be reported.
#include "core/go.hpp"

#include <atomic>
#include <cstdio>

int main() {
  int plain = 0;
  std::atomic<int> there{0};
  stealyard::run({.workers = 2, .stack_size = std::size_t{512} << 10}, [&] {
    stealyard::wait_group group;
    for (int i = 0; i != 2; ++i) {
      group.go([&] {
        there.fetch_add(1, std::memory_order::relaxed);
        while (there.load(std::memory_order::relaxed) != 2) {  // both spin: each on a worker of its own
        }
        ++plain;
      });
    }
    group.wait();
  });
  std::printf("%d\n", plain);
}
