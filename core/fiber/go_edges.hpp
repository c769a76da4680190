// go_edges: what ThreadSanitizer is told in a tsan-go build: exactly the edges of Go's memory model, those of run()'s end, which Go has
// not, and none of the runtime's own (decision 0026). In every other build all of this is empty.
//
// There a goroutine is a thread to TSan (goroutine_identity), a switch orders nothing, and
//   runtime_section   while one lives, nothing the caller does is seen: no access is checked, no atomic or lock is an edge. Everything
//                     the runtime inlines into users' functions begins with one; the library itself is compiled without TSan
//   sync_clock        an edge that is promised: released by who goes before, acquired by who comes after
// So a program that relies on an order that our implementation happens to have, and Go does not promise, is reported as a race.
#pragma once
#include "core/fiber/sanitizers.hpp"

#include <cstddef>

namespace stealyard::fiber {

#if defined(STEALYARD_TSAN_GO)

// Nests; a goroutine's own, wherever it goes on.
class runtime_section {
 public:
  runtime_section() noexcept;
  ~runtime_section();
  runtime_section(const runtime_section&) = delete;
  runtime_section& operator=(const runtime_section&) = delete;
};

// The sections that are open here: kept across switches by switch_fiber.
unsigned open_sections() noexcept;
void set_open_sections(unsigned n) noexcept;
// For a stack's base loop: opens one that is never closed.
void stay_in_runtime() noexcept;
// Before _exit: TSan refuses to end in a section.
void leave_every_section() noexcept;

// What some participant had seen and done at one point. In a section or outside; empty: nothing. Moving, release and destruction belong
// to one owner at a time; merge and acquire may run beside each other, and beside nothing else.
class sync_clock {
  void* cell_ = nullptr;

 public:
  sync_clock() noexcept = default;
  sync_clock(sync_clock&& other) noexcept;
  sync_clock& operator=(sync_clock&& other) noexcept;
  ~sync_clock();
  void release() noexcept;        // becomes the caller's
  void merge() noexcept;          // adds the caller's
  void merge_of(void* identity) noexcept;  // adds its: of somebody suspended in a section; the caller is in one
  void acquire() const noexcept;  // what it holds happened before the caller
};

// A thread of TSan's for what runs on a stack from here on, ordered after nothing. Dropped when nobody runs on it.
void* make_identity() noexcept;
void drop_identity(void* identity, bool in_section) noexcept;

// Who accessed these whole pages before is forgotten, and what is in them: a stack that is somebody else's now. In a section.
void renew_pages(void* low, std::size_t bytes) noexcept;

#else

struct runtime_section {};

inline void leave_every_section() noexcept {}

struct sync_clock {
  void release() noexcept {}
  void merge() noexcept {}
  void acquire() const noexcept {}
};

#endif

}  // namespace stealyard::fiber
