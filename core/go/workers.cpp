// set_workers: Go's runtime.GOMAXPROCS. How the number changes: core/sched/crew.hpp.
#include "core/go/mutex.hpp"
#include "core/go/run.hpp"
#include "core/go/wait_group.hpp"
#include "core/sched/crew.hpp"
#include "core/sched/region.hpp"

#include <mutex>
#include <string>

namespace stealyard {

namespace {

using sched::product;
using sched::product_scheduler;

unsigned seen_from_outside() noexcept {
  const sched::foreign_entry entry;
  return entry.scheduler() == nullptr ? 0 : entry.scheduler()->workers_seen();
}

unsigned change(product_scheduler& s, unsigned n) {
  const std::lock_guard turn(*s.changes_workers);
  const unsigned before = s.workers_seen();  // nobody else changes it now
  if (n != before && !s.crew->change_workers(n)) panic_text("stealyard: set_workers: there can be no more threads");
  return before;
}

// By a goroutine that is wired to its thread: one that is not does it.
unsigned change_by_another(product_scheduler& s, unsigned n) {
  unsigned before = 0;
  std::exception_ptr thrown;
  wait_group changed;
  changed.go([&] {
    try {
      before = change(s, n);
    } catch (const panic_error&) {
      thrown = std::current_exception();
    } catch (const std::bad_alloc&) {
      thrown = std::current_exception();
    }
  });
  changed.wait();
  if (thrown != nullptr) std::rethrow_exception(thrown);
  return before;
}

}  // namespace

int set_workers(int n) {
  [[maybe_unused]] const fiber::runtime_section inside;
  if (n < 1) return static_cast<int>(seen_from_outside());
  if (n > static_cast<int>(product::most_workers)) {
    panic_text("stealyard: set_workers(" + std::to_string(n) + "): 1 .. " + std::to_string(product::most_workers) +
               " are possible, and less than 1 only asks");
  }
  if (const sched::product_worker* w = product::worker_here()) return static_cast<int>(change(w->owner, static_cast<unsigned>(n)));
  if (sched::wired_here() == nullptr) panic_text("stealyard: set_workers outside a goroutine");
  return static_cast<int>(change_by_another(sched::wired_scheduler(), static_cast<unsigned>(n)));
}

}  // namespace stealyard
