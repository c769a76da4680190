// second_thread: the other side of a two-thread scenario, on a CPU of its own.
//
//   pair_of_threads two([&] { there });      this thread goes to the first allowed CPU, `there` to the second; both are ready
//   two.start();                             releases the other; called after the clock was read
//   two.join();                              until `there` returned; this thread may run anywhere again
#pragma once
#include <atomic>
#include <functional>
#include <memory>

namespace stealyard::bench {

bool two_cpus();

class pair_of_threads {
  struct shared;
  std::unique_ptr<shared> shared_;

 public:
  explicit pair_of_threads(std::function<void()> there);
  ~pair_of_threads();
  void start() noexcept;
  void join();
};

// Turns of a spin that may last as long as the other thread is off its CPU. After 10 s an item must have been lost: the process ends
// with status 1 and a line that says so.
class patience {
  unsigned turns_ = 0;
  unsigned long long since_ns_ = 0;

 public:
  void wait() noexcept;
};

}  // namespace stealyard::bench
