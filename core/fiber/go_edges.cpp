#include "core/fiber/go_edges.hpp"

#if defined(STEALYARD_TSAN_GO)

#include <atomic>
#include <cstdlib>
#include <sched.h>
#include <sys/mman.h>
#include <utility>

extern "C" {
// TSan's, without a header.
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
}

namespace stealyard::fiber {

namespace {

// Of the thread, and carried from switch to switch. Never inlined: its address must not be kept.
thread_local unsigned sections = 0;

void begin_ignoring() noexcept {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}
void end_ignoring() noexcept {
  AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

// An edge within a section.
template <class F>
void seen(F&& annotate) noexcept {
  const bool inside = open_sections() != 0;
  if (inside) AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  annotate();
  if (inside) AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

// TSan's clock of a cell is that of its address, and goes with the memory.
void* fresh_cell() noexcept {
  void* const cell = std::malloc(8);
  if (cell == nullptr) std::abort();
  return cell;
}

constexpr unsigned no_edge = 1;  // __tsan_switch_to_fiber_no_sync

// TSan orders a new fiber after the one that creates it. This one has seen nothing, and creates them all.
std::atomic_flag creating = ATOMIC_FLAG_INIT;
void* nobody = nullptr;

template <class F>
void as(void* identity, F&& act) noexcept {
  void* const me = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(identity, no_edge);
  act();
  __tsan_switch_to_fiber(me, no_edge);
}

}  // namespace

[[gnu::noinline]] unsigned open_sections() noexcept {
  asm volatile("" ::: "memory");
  return sections;
}
[[gnu::noinline]] void set_open_sections(unsigned n) noexcept {
  asm volatile("" ::: "memory");
  sections = n;
}

runtime_section::runtime_section() noexcept {
  if (open_sections() == 0) begin_ignoring();
  set_open_sections(open_sections() + 1);
}
runtime_section::~runtime_section() {
  set_open_sections(open_sections() - 1);
  if (open_sections() == 0) end_ignoring();
}

void stay_in_runtime() noexcept {
  begin_ignoring();
  set_open_sections(1);
}

void leave_every_section() noexcept {
  if (open_sections() != 0) end_ignoring();
  set_open_sections(0);
}

sync_clock::sync_clock(sync_clock&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
sync_clock& sync_clock::operator=(sync_clock&& other) noexcept {
  std::swap(cell_, other.cell_);
  return *this;
}
sync_clock::~sync_clock() {
  if (cell_ == nullptr) return;
  const runtime_section inside;
  std::free(cell_);
}

void sync_clock::release() noexcept {
  const runtime_section inside;
  std::free(std::exchange(cell_, fresh_cell()));
  seen([this] { __tsan_release(cell_); });
}

void sync_clock::merge() noexcept {
  const runtime_section inside;
  std::atomic_ref<void*> cell(cell_);
  if (cell.load() == nullptr) {
    void* const fresh = fresh_cell();
    void* none = nullptr;
    if (!cell.compare_exchange_strong(none, fresh)) std::free(fresh);
  }
  seen([&] { __tsan_release(cell.load()); });
}

void sync_clock::merge_of(void* identity) noexcept {
  as(identity, [this] { merge(); });
}

void sync_clock::acquire() const noexcept {
  void* const cell = std::atomic_ref<void*>(const_cast<void*&>(cell_)).load();
  if (cell != nullptr) seen([cell] { __tsan_acquire(cell); });
}

void* make_identity() noexcept {
  while (creating.test_and_set()) ::sched_yield();  // with more workers than processors, whoever creates may not be running
  if (nobody == nullptr) nobody = __tsan_create_fiber(0);
  void* made = nullptr;
  as(nobody, [&] { made = __tsan_create_fiber(0); });
  creating.clear();
  return made;
}

void drop_identity(void* identity, bool in_section) noexcept {
  if (in_section) as(identity, [] { end_ignoring(); });
  __tsan_destroy_fiber(identity);
}

// The one thing that makes TSan forget what it knows of memory that is not malloc's.
void renew_pages(void* low, std::size_t bytes) noexcept {
  if (::mmap(low, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
    std::abort();
}

}  // namespace stealyard::fiber

#endif
