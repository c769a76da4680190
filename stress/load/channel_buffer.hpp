// Load on a channel_buffer: producers and consumers by its arity, one of whom may close; every call recorded. CB1 to CB7, by
// linearizability against the bounded queue.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/conformance/driven.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/load/round.hpp"

namespace stealyard::load::channel_buffer_suite {

using item = std::uint32_t;
inline constexpr unsigned threads = 4;

constexpr bool may_push(arity a, unsigned thread) noexcept { return a == arity::mpmc || (a == arity::mpsc ? thread != 0 : thread == 1); }
constexpr bool may_pop(arity a, unsigned thread) noexcept { return a == arity::mpmc || (a == arity::spmc ? thread != 1 : thread == 0); }

template <class B>
void push(B& b, std::vector<operation>& into, std::uint32_t& next) {
  const std::uint32_t value = next;
  const auto call = [&](std::uint32_t& v) {
    item i = v = value;
    return b.try_push(i);
  };
  if (record(into, verb::push, call) == outcome::ok) ++next;
}
template <class B>
outcome pop(B& b, std::vector<operation>& into) {
  return record(into, verb::pop, [&](std::uint32_t& v) {
    landing<item> got;
    const outcome o = b.try_pop(got);
    v = got.value_or(0);
    return o;
  });
}

// Runs of pushes and of pops: the buffer keeps going from full to empty.
template <class B>
void work(B& b, std::vector<operation>& into, std::size_t operations, unsigned me, bool closes) {
  conformance::random_numbers random(me + 1);
  auto next = static_cast<std::uint32_t>(me * (operations + 1) + 1);
  const std::size_t close_at = operations - operations / 16;
  bool closed = !closes || me != 1;
  while (into.size() < operations) {
    if (!closed && into.size() >= close_at) {
      record(into, verb::close, [&](std::uint32_t&) { return b.close() ? outcome::ok : outcome::closed; });
      closed = true;
    }
    const bool pushes = may_push(B::claims.who, me) && (!may_pop(B::claims.who, me) || random.one_in(2));
    for (std::uint64_t n = 1 + random.below(4); n != 0; --n) {
      if (pushes) {
        push(b, into, next);
      } else {
        pop(b, into);
      }
    }
    if (into.back().result != outcome::ok) {
      for (std::uint64_t pauses = random.below(60); pauses != 0; --pauses) real::pause();
    }
  }
}

template <class B>
history make(const round_settings& s) {
  conformance::driven<B, item> b(s.capacity);
  const unsigned all = B::claims.who == arity::spsc ? 2 : threads;
  history h(all);
  for (auto& thread : h) thread.reserve(s.operations / all + 100);
  all_inside(all, [&](unsigned me) { work(b, h[me], s.operations / all, me, s.closes); });
  for (std::size_t tries = 0; tries != s.capacity + 1000 && pop(b, h[0]) == outcome::ok; ++tries) continue;
  return h;
}

template <template <class, class> class V>
void add(const char* name) {
  using plain = V<real, item>;
  using slow = V<native_perturbed, item>;
  static_assert(contract::channel_buffer<plain, item>);
  entries().push_back({"channel_buffer", name, [](const round_settings& s) { return s.perturbed ? make<slow>(s) : make<plain>(s); },
                       [](history h, std::size_t capacity) { return check_channel_buffer(std::move(h), plain::claims, capacity); }});
}

}  // namespace stealyard::load::channel_buffer_suite
