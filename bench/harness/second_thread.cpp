#include "bench/harness/second_thread.hpp"

#include "core/world/native.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <pthread.h>
#include <sched.h>
#include <thread>

namespace stealyard::bench {

namespace {

cpu_set_t only(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return set;
}

// The n-th CPU this process may use, counted when it started.
std::optional<int> allowed_cpu(int n) {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  for (int cpu = 0; cpu != CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && n-- == 0) return cpu;
  }
  return {};
}

// A thread that may not be bound still measures, on whatever CPU it is given.
void bind_here(int n) {
  const auto cpu = allowed_cpu(n);
  if (!cpu) return;
  const cpu_set_t set = only(*cpu);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace

bool two_cpus() { return allowed_cpu(1).has_value(); }

void patience::wait() noexcept {
  if (++turns_ % 1024 != 0) return native::pause();
  sched_yield();
  const auto now = static_cast<unsigned long long>(native::now());
  if (since_ns_ == 0) since_ns_ = now;
  if (now - since_ns_ > 10'000'000'000u) {
    std::fputs("stealyard-bench: wrong answer: one thread waited 10 s for what the other should have handed over\n", stderr);
    std::_Exit(1);
  }
}

struct pair_of_threads::shared {
  std::function<void()> there;
  cpu_set_t before{};
  std::atomic<bool> ready{false};
  alignas(128) std::atomic<bool> go{false};
  std::thread thread;
};

pair_of_threads::pair_of_threads(std::function<void()> there) : shared_(std::make_unique<shared>()) {
  shared_->there = std::move(there);
  (void)allowed_cpu(0);
  CPU_ZERO(&shared_->before);
  pthread_getaffinity_np(pthread_self(), sizeof shared_->before, &shared_->before);
  bind_here(0);
  shared_->thread = std::thread([s = shared_.get()] {
    bind_here(1);
    s->ready.store(true, std::memory_order_release);
    for (patience spin; !s->go.load(std::memory_order_acquire);) spin.wait();
    s->there();
  });
  for (patience spin; !shared_->ready.load(std::memory_order_acquire);) spin.wait();
}

void pair_of_threads::start() noexcept { shared_->go.store(true, std::memory_order_release); }

void pair_of_threads::join() {
  shared_->thread.join();
  pthread_setaffinity_np(pthread_self(), sizeof shared_->before, &shared_->before);
}

pair_of_threads::~pair_of_threads() {
  if (!shared_->thread.joinable()) return;
  start();
  join();
}

}  // namespace stealyard::bench
