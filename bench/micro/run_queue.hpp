// Micro-benchmarks of a run_queue, with numbers for tasks. Every scenario accounts for each item exactly once.
#pragma once
#include "bench/harness/micro.hpp"
#include "bench/harness/second_thread.hpp"
#include "core/contract/run_queue.hpp"
#include "core/world/native.hpp"

#include <atomic>

namespace stealyard::micro::run_queue_suite {

using item = std::uintptr_t;

inline tally first(std::uint64_t count) {
  tally all;
  for (item i = 1; i <= count; ++i) all.add(i);
  return all;
}

// What is left inside, by the owner.
template <class Queue>
void drain(Queue& queue, tally& out) {
  item got = 0;
  for (;;) {
    const outcome now = queue.try_pop(got);
    if (now == outcome::empty) return;
    if (now == outcome::ok) out.add(got);
  }
}

// Push and pop by the owner alone, above `Depth` items.
template <class Queue, std::uint64_t Depth>
run_outcome push_pop(std::uint64_t size, random_source&) {
  Queue queue(256);
  tally out;
  for (item i = size + 1; i <= size + Depth; ++i) queue.try_push(i);
  const stopwatch watch;
  for (item i = 1; i <= size; ++i) {
    item got = 0;
    queue.try_push(i);
    if (queue.try_pop(got) == outcome::ok) out.add(got);
  }
  const double elapsed = watch.ns();
  drain(queue, out);
  return {.elapsed_ns = elapsed, .operations = size, .expected = first(size + Depth).text(), .got = out.text()};
}

// The oldest in return for the newest: how a deque is used as a FIFO queue, by one thread.
template <class Queue>
run_outcome push_steal(std::uint64_t size, random_source&) {
  constexpr std::uint64_t depth = 64;
  Queue queue(256);
  tally out;
  for (item i = size + 1; i <= size + depth; ++i) queue.try_push(i);
  const stopwatch watch;
  for (item i = 1; i <= size; ++i) {
    item got = 0;
    queue.try_push(i);
    if (queue.try_steal(got) == outcome::ok) out.add(got);
  }
  const double elapsed = watch.ns();
  drain(queue, out);
  return {.elapsed_ns = elapsed, .operations = size, .expected = first(size + depth).text(), .got = out.text()};
}

template <class Queue>
run_outcome steal_empty(std::uint64_t size, random_source&) {
  Queue queue(256);
  std::uint64_t empty = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    item got = 0;
    if (queue.try_steal(got) == outcome::empty) ++empty;
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(size), .got = std::to_string(empty)};
}

template <class Queue>
run_outcome steal_local(std::uint64_t size, random_source&) {
  Queue queue(size);
  tally out;
  for (item i = 1; i <= size; ++i) queue.try_push(i);
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    item got = 0;
    if (queue.try_steal(got) == outcome::ok) out.add(got);
  }
  const double elapsed = watch.ns();
  drain(queue, out);
  return {.elapsed_ns = elapsed, .operations = size, .expected = first(size).text(), .got = out.text()};
}

// Bursts of eight by the owner, while a thief takes whatever it can without pause. An operation is a push and its pop, or its loss.
template <class Queue>
run_outcome with_thief(std::uint64_t size, random_source&) {
  constexpr std::uint64_t burst = 8;
  Queue queue(256);
  std::atomic<bool> over{false};
  tally out, stolen;
  bench::pair_of_threads two([&] {
    tally mine;
    item got = 0;
    while (!over.load(std::memory_order_relaxed)) {
      if (queue.try_steal(got) == outcome::ok) mine.add(got);
    }
    stolen = mine;
  });
  two.start();
  const stopwatch watch;
  for (item next = 1; next <= size;) {
    for (std::uint64_t i = 0; i != burst && next <= size; ++i) queue.try_push(next++);
    drain(queue, out);
  }
  const double elapsed = watch.ns();
  over.store(true, std::memory_order_relaxed);
  two.join();
  drain(queue, out);
  out.add(stolen);
  return {.elapsed_ns = elapsed, .operations = size, .expected = first(size).text(), .got = out.text()};
}

template <template <class, class> class V>
void add(const char* name) {
  using queue = V<native, item>;
  suite s("run_queue", name);
  s.add({"push_pop", "the owner pushes and pops, empty before; size: pairs", 20'000, 100'000'000, &push_pop<queue, 0>});
  s.add({"push_pop_64", "the owner pushes and pops above 64 items; size: pairs", 20'000, 100'000'000, &push_pop<queue, 64>});
  s.add({"push_steal", "one thread pushes the newest and takes the oldest of 64; size: pairs", 20'000, 100'000'000, &push_steal<queue>});
  s.add({"steal_empty", "a try to steal where there is nothing; size: tries", 20'000, 100'000'000, &steal_empty<queue>, 1,
         queue::claims.spurious_empty_steal ? "empty says nothing where it may be spurious" : ""});
  s.add({"steal_local", "all items stolen by the thread that pushed them; size: items", 20'000, 10'000'000, &steal_local<queue>});
  s.add({"with_thief", "the owner's bursts of 8 while another thread steals without pause; size: items", 20'000, 100'000'000,
         &with_thief<queue>, 2});
  if (queue::claims.owner_order == item_order::fifo) s.has("fifo");
}

}  // namespace stealyard::micro::run_queue_suite
