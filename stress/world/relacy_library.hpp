// The one place that includes Relacy (Debian's relacy-dev). It replaces operator new and delete for the whole executable and
// defines macros named new, delete, malloc, assert, errno and $: everything of the standard library that a unit needs
// must come before it, and its macros go right after. relacy_std.hpp does not compile; relacy.hpp does.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error Relacy switches stacks by longjmp: this executable is never sanitized
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-function"
// Relacy's fibers have 64 KiB and are never given back: one leak a program would eat the machine. Ours replace them.
#define create_fiber relacy_create_fiber
#define delete_fiber relacy_delete_fiber
#include <relacy/platform.hpp>
#undef create_fiber
#undef delete_fiber

namespace stealyard::world {
inline constexpr std::size_t model_stack_size = std::size_t{256} << 10;
void* take_model_stack();
void give_model_stack(void* stack);
}  // namespace stealyard::world

inline void create_fiber(fiber_t& fiber, void (*body)(void*), void* argument) {
  getcontext(&fiber.fib);
  fiber.fib.uc_stack.ss_sp = stealyard::world::take_model_stack();
  fiber.fib.uc_stack.ss_size = stealyard::world::model_stack_size;
  fiber.fib.uc_link = nullptr;
  ucontext_t here;
  fiber_ctx_t start{body, argument, &fiber.jmp, &here};
  // glibc passes whole registers to the entry, so a pointer survives the declared int.
  makecontext(&fiber.fib, reinterpret_cast<void (*)()>(&fiber_start_fnc), 1, &start);
  swapcontext(&here, &fiber.fib);
}
inline void delete_fiber(fiber_t& fiber) { stealyard::world::give_model_stack(fiber.fib.uc_stack.ss_sp); }

#include <relacy/relacy.hpp>
#pragma GCC diagnostic pop
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef VAR_T
#undef TLS_T
#undef VAR
#undef $

namespace stealyard::world {

// Inside this scope new and delete are the real ones, and Relacy sees nothing: for the checkers' own data.
class outside_the_model {
  rl::context* model_;

 public:
  outside_the_model() noexcept : model_(rl::context_holder<>::instance_) { hide(nullptr); }
  ~outside_the_model() { hide(model_); }
  outside_the_model(const outside_the_model&) = delete;
  outside_the_model& operator=(const outside_the_model&) = delete;

 private:
  static void hide(rl::context* c) noexcept {
    asm volatile("" ::: "memory");  // allocations may not move across the change
    rl::context_holder<>::instance_ = c;
    asm volatile("" ::: "memory");
  }
};

}  // namespace stealyard::world
