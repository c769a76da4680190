// Load on a run_queue: an owner that pushes and pops in bursts, thieves that steal; every call recorded. RQ1 to RQ7 and RQ9, by
// linearizability against the deque of the claims.
#pragma once
#include "core/contract/run_queue.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/load/round.hpp"

namespace stealyard::load::run_queue_suite {

using item = std::uintptr_t;
inline constexpr unsigned threads = 3;

template <class Q>
void push(Q& q, std::vector<operation>& into, std::uint32_t& last) {
  const std::uint32_t value = last + 1;
  const auto call = [&](std::uint32_t& v) { return v = value, q.try_push(item{value}); };
  if (record(into, verb::push, call) == outcome::ok) last = value;
}
template <class Q>
outcome take(Q& q, std::vector<operation>& into, verb what) {
  return record(into, what, [&](std::uint32_t& v) {
    item got = 0;
    const outcome o = what == verb::pop ? q.try_pop(got) : q.try_steal(got);
    v = static_cast<std::uint32_t>(got);
    return o;
  });
}

// Short bursts meet thieves at the last item, long ones make the storage grow.
template <class Q>
void own(Q& q, std::vector<operation>& into, std::size_t operations, std::uint32_t& last) {
  conformance::random_numbers random(1);
  take(q, into, verb::pop);  // of a fresh queue, which nothing was ever in
  while (into.size() < operations) {
    for (std::uint64_t n = random.one_in(16) ? random.below(40) : 1 + random.below(3); n != 0; --n) push(q, into, last);
    for (std::uint64_t n = random.below(random.one_in(16) ? 30 : 4); n != 0; --n) take(q, into, verb::pop);
  }
}
template <class Q>
void rob(Q& q, std::vector<operation>& into, std::size_t operations, unsigned me) {
  conformance::random_numbers random(me + 1);
  while (into.size() < operations) {
    const outcome o = take(q, into, verb::steal);
    if (o == outcome::empty && random.one_in(2)) {
      for (std::uint64_t pauses = random.below(60); pauses != 0; --pauses) real::pause();
    }
  }
}

template <class Q>
history make(const round_settings& s) {
  Q q(s.capacity);
  history h(threads);
  for (auto& thread : h) thread.reserve(s.operations / threads + 100);
  std::uint32_t last = 0;
  all_inside(threads,
             [&](unsigned me) { me == 0 ? own(q, h[0], s.operations / threads, last) : rob(q, h[me], s.operations / threads, me); });
  for (std::size_t tries = 0; tries != s.operations + 1000 && take(q, h[0], verb::pop) == outcome::ok; ++tries) continue;
  return h;
}

template <template <class, class> class V>
void add(const char* name) {
  using plain = V<real, item>;
  using slow = V<native_perturbed, item>;
  static_assert(contract::run_queue<plain, item>);
  entries().push_back({"run_queue", name, [](const round_settings& s) { return s.perturbed ? make<slow>(s) : make<plain>(s); },
                       [](history h, std::size_t capacity) { return check_run_queue(std::move(h), plain::claims, capacity); }});
}

}  // namespace stealyard::load::run_queue_suite
