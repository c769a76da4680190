// World: the only way to anything that another thread can see, or that takes time.
//
// A variant and the scheduler are written once, as templates over a World, and run on native threads, under Relacy,
// under the explorer and on a simulated machine. What a World provides (the set may grow, it may not shrink):
//
//   atomic<T>            named operations only: load, store, exchange, compare_exchange_strong/weak, fetch_add, fetch_sub,
//                        fetch_and, fetch_or. No operators, no conversions, no default order. Made of a T, or as T{}.
//   plain<T>             a cell that only happens-before protects, born empty: put, take, drop, peek, poke. Races are found.
//   fence(order)         a C++ fence.
//   light_fence()        with heavy_fence(): an asymmetric full fence. A store before the light one and a load after it
//   heavy_fence()        are ordered against a load/store pair around the heavy one; neither orders against its own kind.
//   pause()              one turn of a bounded spin: lets the other hyperthread, or the other model thread, run.
//   yield()              gives the processor away; use where a spin may last as long as another thread's time slice.
//   wait(a, expected)    sleeps while atomic<uint32_t> a holds `expected`; may return spuriously. No ordering of its own.
//   wait_until(a, e, t)  the same with a deadline on now(); returns false if the deadline passed.
//   wake(a, n)           wakes up to n sleepers on a. No ordering of its own.
//   mutex, condition     mutex: lock, try_lock, unlock; for short critical sections. condition: wait, wait_until, notify_one/all.
//   now()                nanoseconds of a monotonic clock; in checking worlds it may jump forward at any step.
//   random(n)            uniform in [0, n), n >= 1; a choice point in checking worlds.
//   self()               a dense index of the calling participant in [0, max_participants).
//   per_participant<T>   one T for each participant: the only per-thread storage.
#pragma once
#include "core/world/force_inline.hpp"
#include "core/world/order.hpp"

#include <cstddef>
#include <cstdint>

namespace stealyard {

template <class W, class T>
using atomic = typename W::template atomic<T>;
template <class W, class T>
using plain = typename W::template plain<T>;
template <class W, class T>
using per_participant = typename W::template per_participant<T>;

// Two cache lines: adjacent-line prefetch makes pairs of lines travel together on x86.
inline constexpr std::size_t line_size = 128;

using nanoseconds_t = std::int64_t;  // a point on W::now()'s clock, or a duration, in nanoseconds
inline constexpr nanoseconds_t never = INT64_MAX;

template <class W>
concept World = requires(atomic<W, std::uint32_t>& word, std::uint32_t& expected, plain<W, int>& cell, typename W::mutex& lock,
                         typename W::condition& condition, nanoseconds_t t) {
  { word.load(relaxed) };
  { word.store(1u, release) };
  { word.exchange(1u, acq_rel) };
  { word.compare_exchange_strong(expected, 1u, acq_rel, relaxed) };
  { word.compare_exchange_weak(expected, 1u, acq_rel, relaxed) };
  { word.fetch_add(1u, relaxed) };
  { word.fetch_sub(1u, relaxed) };
  { word.fetch_and(1u, relaxed) };
  { word.fetch_or(1u, relaxed) };
  { cell.put(1) };
  { cell.peek() };
  { cell.take() };
  { W::fence(seq_cst) };
  { W::light_fence() };
  { W::heavy_fence() };
  { W::pause() };
  { W::yield() };
  { W::wait(word, 0u) };
  { W::wait_until(word, 0u, t) };
  { W::wake(word, 1u) };
  { lock.lock() };
  { lock.try_lock() };
  { lock.unlock() };
  { condition.wait(lock) };
  { condition.notify_one() };
  { condition.notify_all() };
  { W::now() };
  { W::random(2u) };
  { W::self() };
  { W::max_participants };
};

}  // namespace stealyard
