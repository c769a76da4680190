#include "stress/load/round.hpp"

namespace stealyard::load {

namespace {

template <class Object>
finding search(history h, const Object& initial) {
  const std::uint64_t n = size(h);
  const linearization found = linearize(h, initial, 200 * n + 1'000'000);
  finding f;
  f.is = found.is;
  f.steps = found.steps;
  if (found.is == answer::undecided) f.what = "undecided after " + std::to_string(found.steps) + " steps: neither wrong nor right";
  if (found.is != answer::refuted) return f;
  f.what = "no order of these operations gives these results";
  f.shown = shrink(std::move(h), initial);
  return f;
}

// Capacity without end: what is checked per producer knows nothing of full and empty.
constexpr std::size_t no_bound = ~std::size_t{0};

}  // namespace

std::deque<entry>& entries() {
  static std::deque<entry> all;
  return all;
}

finding check_run_queue(history h, const run_queue_claims& claims, std::size_t capacity) {
  finding f = look(h, true, false);
  if (f.is != answer::linearizable) return f;
  f = leave_out(h, {.lost_pop = claims.pop_may_lose, .lost_steal = claims.steal_may_lose, .empty_steal = claims.spurious_empty_steal});
  if (f.is != answer::linearizable) return f;
  const auto exact = [](item_order o) { return o == item_order::lifo || o == item_order::fifo; };
  if (!exact(claims.owner_order) || !exact(claims.steal_order)) return f;  // claims no order: exactly once is all there is
  return search(std::move(h), sequential_run_queue(claims, capacity));
}

finding check_channel_buffer(history h, const channel_buffer_claims& claims, std::size_t capacity) {
  const bool one_queue = claims.order == item_order::fifo;
  finding f = look(h, true, one_queue);
  if (f.is != answer::linearizable) return f;
  f = leave_out(
      h, {.lost_push = claims.may_lose, .lost_pop = claims.may_lose, .empty_pop = claims.spurious_empty, .full = claims.spurious_full});
  if (f.is != answer::linearizable || claims.order == item_order::none) return f;
  if (one_queue) return search(std::move(h), sequential_channel_buffer(claims, capacity));
  for (std::size_t producer = 0; producer != h.size() && f.is == answer::linearizable; ++producer) {
    const history mine = of_producer(h, producer);
    f = look(mine, true, true);
    if (f.is == answer::linearizable) f = search(mine, sequential_channel_buffer(claims, no_bound));
  }
  return f;
}

}  // namespace stealyard::load
