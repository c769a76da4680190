// Micro-benchmarks of a channel_buffer of capacity 1024. One that asks for the channel's lock is measured under a lock, as it is used.
#pragma once
#include "bench/harness/micro.hpp"
#include "bench/harness/second_thread.hpp"
#include "core/contract/channel_buffer.hpp"
#include "core/world/native.hpp"

#include <mutex>

namespace stealyard::micro::channel_buffer_suite {

using item = std::uint64_t;
inline constexpr std::size_t capacity = 1024;

template <class Buffer>
class under_lock {
  native::mutex mutex_;
  Buffer buffer_;

 public:
  explicit under_lock(std::size_t places) : buffer_(places) {}
  outcome try_push(item& value) noexcept {
    const std::lock_guard lock(mutex_);
    return buffer_.try_push(value);
  }
  outcome try_pop(landing<item>& into) noexcept {
    const std::lock_guard lock(mutex_);
    return buffer_.try_pop(into);
  }
};
template <class Buffer>
using as_used = std::conditional_t<Buffer::claims.locking == buffer_locking::external, under_lock<Buffer>, Buffer>;

template <class Buffer>
run_outcome push_pop(std::uint64_t size, random_source&) {
  as_used<Buffer> buffer(capacity);
  tally in, out;
  for (item i = 1; i <= size; ++i) in.add(i);
  const stopwatch watch;
  for (item i = 1; i <= size; ++i) {
    item value = i;
    landing<item> got;
    buffer.try_push(value);
    if (buffer.try_pop(got) == outcome::ok) out.add(*got);
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = in.text(), .got = out.text()};
}

template <class Buffer>
void insist_push(Buffer& buffer, item value) {
  for (bench::patience spin; buffer.try_push(value) != outcome::ok;) spin.wait();
}
template <class Buffer>
item insist_pop(Buffer& buffer) {
  landing<item> got;
  for (bench::patience spin; buffer.try_pop(got) != outcome::ok;) spin.wait();
  return *got;
}

// One producer there, one consumer here.
template <class Buffer>
run_outcome transfer(std::uint64_t size, random_source&) {
  as_used<Buffer> buffer(capacity);
  bench::pair_of_threads two([&] {
    for (item i = 1; i <= size; ++i) insist_push(buffer, i);
  });
  tally in, out;
  for (item i = 1; i <= size; ++i) in.add(i);
  bool in_order = true;
  const stopwatch watch;
  two.start();
  for (item i = 1; i <= size; ++i) {
    const item got = insist_pop(buffer);
    if (got != i) in_order = false;
    out.add(got);
  }
  const double elapsed = watch.ns();
  two.join();
  return {.elapsed_ns = elapsed, .operations = size, .expected = in.text(), .got = out.text() + (in_order ? "" : ", out of order")};
}

// Both threads push one and pop one; `size` pairs together.
template <class Buffer>
run_outcome mixed(std::uint64_t size, random_source&) {
  as_used<Buffer> buffer(capacity);
  const std::uint64_t here = size / 2;
  tally in, out, out_there;
  for (item i = 1; i <= size; ++i) in.add(i);
  bench::pair_of_threads two([&] {
    tally mine;
    for (item i = here + 1; i <= size; ++i) {
      insist_push(buffer, i);
      mine.add(insist_pop(buffer));
    }
    out_there = mine;
  });
  const stopwatch watch;
  two.start();
  for (item i = 1; i <= here; ++i) {
    insist_push(buffer, i);
    out.add(insist_pop(buffer));
  }
  two.join();
  const double elapsed = watch.ns();
  out.add(out_there);
  return {.elapsed_ns = elapsed, .operations = size, .expected = in.text(), .got = out.text()};
}

template <template <class, class> class V>
void add(const char* name) {
  using buffer = V<native, item>;
  constexpr channel_buffer_claims claims = buffer::claims;
  suite s("channel_buffer", name);
  s.add({"push_pop", "push and pop by one thread alone; size: pairs", 10'000, 100'000'000, &push_pop<buffer>});
  s.add({"transfer", "one thread pushes, one pops; size: items", 50'000, 100'000'000, &transfer<buffer>, 2});
  s.add({"mixed", "two threads push one and pop one in turn; size: pairs of both together", 50'000, 100'000'000, &mixed<buffer>, 2,
         claims.who == arity::mpmc ? "" : "needs mpmc, which it does not claim"});
  if (claims.order == item_order::fifo || claims.order == item_order::relaxed_fifo) s.has("producer_order");
  if (claims.order == item_order::fifo) s.has("fifo");
  if (claims.who == arity::mpmc) s.has("mpmc");
  if (claims.hand_off) s.has("hand_off");
}

}  // namespace stealyard::micro::channel_buffer_suite
