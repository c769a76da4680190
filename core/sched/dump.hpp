// dump: goroutines as Go's tracebacks show them, a block each:
//
//   goroutine N [reason, M minutes]:
//   function
//   <tab>file.cpp:LINE
//   created by goroutine K
//   <tab>file.cpp:LINE
//
// Nothing here takes a lock of ours, or allocates unless names are readable: signal handlers print with names::raw.
#pragma once
#include "core/fiber/traceback.hpp"
#include "core/sched/product.hpp"

#include <string_view>

namespace stealyard::sched {

// The last component of a path: where it was built is nobody's business.
std::string_view file_of(const char* path) noexcept;

// What it waits for; null: it runs, or could.
wait_reason reason_of(const product_task& t) noexcept;

// `state` instead of what it waits for; null: that, or "runnable".
void print_heading(int descriptor, const product_task& t, const char* state = nullptr) noexcept;
// Where and by whom it was started. Nothing for the main goroutine.
void print_creation(int descriptor, const product_task& t) noexcept;

// Its frames, without the runtime's own unless STEALYARD_TRACEBACK=all.
void print_frames(int descriptor, const fiber::traceback& frames, fiber::names how) noexcept;

// A goroutine that nobody can resume meanwhile: the whole block.
void print_suspended(int descriptor, const product_task& t, fiber::names how) noexcept;

}  // namespace stealyard::sched
