#include "core/go/leaks.hpp"

#include "core/fiber/go_edges.hpp"
#include "core/sched/goroutine_pool.hpp"

#include <algorithm>

namespace stealyard {

std::vector<leaked_goroutine> leaked_goroutines() {
  [[maybe_unused]] const fiber::runtime_section inside;
  const sched::foreign_entry entry;
  std::vector<leaked_goroutine> found;
  if (entry.scheduler() == nullptr) return found;
  entry.scheduler()->pool->for_each_alive([&](const sched::product_task& t) {
    leaked_goroutine one;
    one.id = t.id.load(acquire);
    const std::uint64_t waits = t.waits.load(relaxed);
    one.created_at = t.created_at.load(relaxed);
    one.created_by = t.created_by.load(relaxed);
    real::fence(acquire);
    if (waits == 0 || one.id == 0 || t.id.load(relaxed) != one.id) return;  // it runs, or ended while we read
    one.waits_for = sched::reason_in(waits);
    one.minutes = sched::minutes_since(waits);
    found.push_back(one);
  });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return found;
}

}  // namespace stealyard
