// Micro-benchmarks of an idle policy: what a push costs while nobody sleeps, and how long until a sleeper has the work.
#pragma once
#include "bench/harness/micro.hpp"
#include "bench/harness/second_thread.hpp"
#include "core/contract/idle.hpp"
#include "core/world/native.hpp"

#include <atomic>

namespace stealyard::micro::idle_suite {

inline constexpr unsigned workers = 2;

// The plainest thing to sleep on, so that the policy is measured and not a parker.
class futex_sleepers final : public idle_sleepers {
  struct alignas(line_size) place {
    atomic<native, std::uint32_t> permit{0};
  };
  place places_[workers];

 public:
  std::uint64_t unparked = 0;  // read when nobody unparks

  bool park(unsigned worker, nanoseconds_t deadline) noexcept override {
    auto& permit = places_[worker].permit;
    while (permit.exchange(0u, acquire) == 0) {
      if (deadline != never && native::now() >= deadline) return false;
      native::wait(permit, 0u);
    }
    return true;
  }
  void unpark(unsigned worker) noexcept override {
    ++unparked;
    places_[worker].permit.store(1u, release);
    native::wake(places_[worker].permit, 1u);
  }
};

// The pusher's protocol of core/contract/idle.hpp, from its fence on.
template <class Idle>
[[gnu::always_inline]] inline void push_protocol(Idle& idle) noexcept {
  native::fence(seq_cst);
  if (someone_should_wake(idle.word().load(relaxed))) idle.work_added();
}

template <class Idle>
run_outcome push_awake(std::uint64_t size, random_source&) {
  futex_sleepers sleepers;
  Idle idle(workers, sleepers);
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) push_protocol(idle);
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = "0 woken", .got = std::to_string(sleepers.unparked) + " woken"};
}

template <class Idle>
run_outcome work_added(std::uint64_t size, random_source&) {
  futex_sleepers sleepers;
  Idle idle(workers, sleepers);
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) idle.work_added();
  const double elapsed = watch.ns();
  return {.elapsed_ns = elapsed, .operations = size, .expected = "0 woken", .got = std::to_string(sleepers.unparked) + " woken"};
}

// One pushes a number, the other sleeps until it comes. Both sides of the policy, and one thread that changes its mind about sleeping
// when the number is there already.
template <class Idle>
class hand_over {
  static constexpr std::uint64_t nothing = 0;
  futex_sleepers sleepers_;
  Idle idle_{workers, sleepers_};
  alignas(line_size) std::atomic<std::uint64_t> queue_{nothing};
  alignas(line_size) std::atomic<std::uint64_t> taken_{0};

  bool take(std::uint64_t wanted) noexcept {
    return queue_.load(std::memory_order_acquire) == wanted && queue_.exchange(nothing, std::memory_order_acquire) == wanted;
  }
  // Worker 1 looks for `wanted` until it has it, as a worker loop does.
  void sleep_for(std::uint64_t wanted) {
    bool searching = idle_.begin_search(1);
    for (;;) {
      if (take(wanted)) {
        if (searching) idle_.end_search_found(1);
        return;
      }
      const bool recheck = idle_.prepare_sleep(1, searching);
      if (recheck && queue_.load(std::memory_order_acquire) != nothing) {
        searching = idle_.cancel_sleep(1) && Idle::claims.woken_searches;
        continue;
      }
      searching = idle_.commit_sleep(1, never) && Idle::claims.woken_searches;
    }
  }

 public:
  void work(std::uint64_t size) {
    for (std::uint64_t i = 1; i <= size; ++i) {
      sleep_for(i);
      taken_.store(i, std::memory_order_release);
    }
  }
  // ns from the push until the other thread has it, which was asleep before; the wait for that is not counted.
  double give(std::uint64_t number) {
    for (bench::patience spin; sleeping_in(idle_.word().load(acquire)) == 0;) spin.wait();
    const nanoseconds_t until = native::now() + 20'000;  // registered is not yet asleep
    while (native::now() < until) native::pause();
    const stopwatch watch;
    queue_.store(number, std::memory_order_release);
    push_protocol(idle_);
    for (bench::patience spin; taken_.load(std::memory_order_acquire) != number;) spin.wait();
    return watch.ns();
  }
};

template <class Idle>
run_outcome wake_one(std::uint64_t size, random_source&) {
  hand_over<Idle> both;
  bench::pair_of_threads two([&] { both.work(size); });
  two.start();
  double elapsed = 0;
  std::uint64_t given = 0;
  for (; given != size; ++given) elapsed += both.give(given + 1);
  two.join();
  return {.elapsed_ns = elapsed, .operations = size, .expected = std::to_string(size), .got = std::to_string(given)};
}

template <template <class> class V>
void add(const char* name) {
  using idle = V<native>;
  suite s("idle", name);
  s.add({"push_awake", "what a push does for sleepers while there are none; size: pushes", 20'000, 100'000'000, &push_awake<idle>});
  s.add({"work_added", "a wake asked for while nobody sleeps; size: calls", 20'000, 100'000'000, &work_added<idle>});
  s.add({"wake_one", "from a push until the sleeping worker has it; size: wakes", 100, 100'000, &wake_one<idle>, 2});
}

}  // namespace stealyard::micro::idle_suite
