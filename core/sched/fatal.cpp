#include "core/sched/fatal.hpp"

#include "core/fiber/traceback.hpp"
#include "core/sched/goroutine_pool.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <cxxabi.h>
#include <exception>
#include <string>
#include <unistd.h>

namespace stealyard::sched {

namespace {

// Only the first to die writes; the others wait for the end of the process.
void enter_death() noexcept {
  static std::atomic_flag dying = ATOMIC_FLAG_INIT;
  while (dying.test_and_set(std::memory_order::relaxed)) ::pause();
  std::fflush(stdout);
}

void write_text(const std::string& text) noexcept {
  std::size_t done = 0;
  while (done != text.size()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

std::string heading(const product_task& t, const char* state) { return "\ngoroutine " + std::to_string(t.id) + " [" + state + "]:\n"; }

// The last component of a path: where it was built is nobody's business.
const char* file_of(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

std::string creation(const product_task& t) {
  constexpr std::uint64_t main_id = 1;
  if (t.id == main_id) return "";
  const std::string creator = t.created_by == 0 ? "a foreign thread" : "goroutine " + std::to_string(t.created_by);
  return "created by " + creator + "\n\t" + file_of(t.created_at.file_name()) + ":" + std::to_string(t.created_at.line()) + "\n";
}

void write_running(std::size_t skip) noexcept {
  const product_worker* w = product::worker_here();
  const product_task* t = w == nullptr ? nullptr : w->current;
  write_text(t != nullptr ? heading(*t, "running") : "\nforeign thread:\n");
  fiber::print(STDERR_FILENO, fiber::capture(skip));
  if (t != nullptr) write_text(creation(*t));
}

// What the exception says of itself: what(), the value of a string or number, else its type in parentheses.
std::string text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (const std::string& s) {
    return s;
  } catch (const char* s) {
    return s;
  } catch (int n) {
    return std::to_string(n);
  } catch (long n) {
    return std::to_string(n);
  } catch (unsigned n) {
    return std::to_string(n);
  } catch (double x) {
    return std::to_string(x);
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "(unknown)";
    int status = 0;
    char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    std::string name = readable != nullptr ? readable : type->name();
    std::free(readable);
    return "(" + name + ")";
  }
}

}  // namespace

void fatal(const char* text) noexcept {
  enter_death();
  write_text(std::string("fatal error: ") + text + "\n");
  write_running(2);
  ::_exit(2);
}

void uncaught_panic() noexcept {
  enter_death();
  const bool thrown = std::current_exception() != nullptr;
  write_text("panic: " + (thrown ? text_of_current_exception() : std::string("std::terminate called without an exception")) + "\n");
  write_running(3);
  ::_exit(2);
}

void fatal_deadlock(product_scheduler& s) noexcept {
  enter_death();
  const auto alive = s.pool->alive();
  if (alive.empty() && s.main_called_goexit) {
    write_text("fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n");
    ::_exit(2);
  }
  write_text("fatal error: all goroutines are asleep - deadlock!\n");
  for (const product_task* t : alive) {
    write_text(heading(*t, t->waits_for != nullptr ? t->waits_for : "runnable"));
    write_text(creation(*t));
  }
  ::_exit(2);
}

void fatal_out_of_stacks(const stack_counters& c) noexcept {
  enter_death();
  write_text("fatal error: no more goroutine stacks: " + std::to_string(c.in_use) + " in use, at most " + std::to_string(c.most) +
             " fit the address space\n");
  ::_exit(2);
}

void fatal_out_of_memory() noexcept {
  enter_death();
  write_text("fatal error: out of memory\n");
  ::_exit(2);
}

void report_stack_overflow(product_scheduler& s, const void* address, std::size_t size) noexcept {
  // In a signal handler: no allocation, hence a fixed buffer.
  static char text[512];
  const product_worker* w = product::worker_here();
  const product_task* t = w == nullptr ? nullptr : w->current;
  (void)s;
  int n = std::snprintf(text, sizeof text,
                        "runtime: goroutine stack exceeds %zu-byte limit\nfatal error: stack overflow\n\n"
                        "goroutine %llu [running]: the guard page at %p was hit\n",
                        size, t == nullptr ? 0ull : static_cast<unsigned long long>(t->id), address);
  (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(n));
  fiber::print(STDERR_FILENO, fiber::capture(), fiber::names::raw);
  if (t != nullptr && t->created_by != 0) {
    n = std::snprintf(text, sizeof text, "created by goroutine %llu\n\t%s:%u\n", static_cast<unsigned long long>(t->created_by),
                      file_of(t->created_at.file_name()), static_cast<unsigned>(t->created_at.line()));
    (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(n));
  }
}

}  // namespace stealyard::sched
