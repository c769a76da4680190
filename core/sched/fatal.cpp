#include "core/sched/fatal.hpp"

#include "core/fiber/descriptor_writer.hpp"
#include "core/fiber/traceback.hpp"
#include "core/sched/dump.hpp"
#include "core/sched/goexit.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/unwind.hpp"

#include <atomic>
#include <cstdio>
#include <cxxabi.h>
#include <exception>
#include <string>
#include <typeinfo>
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

void write_running(std::size_t skip) noexcept {
  const product_worker* w = product::worker_here();
  const product_task* t = w == nullptr ? nullptr : w->current;
  if (t != nullptr) {
    print_heading(STDERR_FILENO, *t, "running");
  } else {
    write_text("\nforeign thread:\n");
  }
  print_frames(STDERR_FILENO, fiber::capture(skip), fiber::names::readable);
  if (t != nullptr) print_creation(STDERR_FILENO, *t);
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

// Also from a signal handler: see on_quit.
__attribute__((no_sanitize("address"))) void end_process() noexcept {
  fiber::leave_every_section();
  ::_exit(2);
}

void fatal(const char* text) noexcept {
  enter_death();
  write_text(std::string("fatal error: ") + text + "\n");
  write_running(2);
  end_process();
}

void fatal_goexit_swallowed() noexcept { fatal("goexit() was stopped by a catch (...) that did not rethrow"); }

void uncaught_panic() noexcept {
  const std::type_info* thrown_type = abi::__cxa_current_exception_type();
  if (thrown_type != nullptr && *thrown_type == typeid(goexit_signal)) give_up_if_unwinding();
  enter_death();
  const bool thrown = std::current_exception() != nullptr;
  write_text("panic: " + (thrown ? text_of_current_exception() : std::string("std::terminate called without an exception")) + "\n");
  write_running(3);
  end_process();
}

namespace {

struct last_words : post_action {
  product_scheduler* of;
};

void report_deadlock(post_action& words) noexcept {
  product_scheduler& s = *static_cast<last_words&>(words).of;
  const auto alive = s.pool->alive();
  if (alive.empty() && s.main_called_goexit) {
    write_text("fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n");
    end_process();
  }
  write_text("fatal error: all goroutines are asleep - deadlock!\n");
  for (const product_task* t : alive) print_suspended(STDERR_FILENO, *t, fiber::names::readable);
  end_process();
}

}  // namespace

// Walking frames and reading debug information takes more than a small stack: it is done on the thread's own.
void fatal_deadlock(product_scheduler& s) noexcept {
  constexpr std::size_t enough = std::size_t{32} << 10;
  enter_death();
  last_words words;
  words.run = &report_deadlock;
  words.of = &s;
  const product_worker* w = product::worker_here();
  if (w != nullptr && s.stack_size < enough) {
    fiber::fiber nobody_returns_here;
    fiber::leave_fiber(nobody_returns_here, *w->home, *w->home_stack, static_cast<post_action*>(&words));
  }
  report_deadlock(words);
  end_process();
}

bool report_leaks(product_scheduler& s) noexcept {
  auto left = s.pool->alive();
  std::erase_if(left, [](const product_task* t) { return reason_of(*t) == nullptr; });
  if (left.empty()) return false;
  write_text("stealyard: " + std::to_string(left.size()) + (left.size() == 1 ? " goroutine is" : " goroutines are") +
             " still blocked, and main has returned\n");
  for (const product_task* t : left) print_suspended(STDERR_FILENO, *t, fiber::names::readable);
  return true;
}

void fatal_out_of_stacks(const stack_counters& c) noexcept {
  enter_death();
  write_text("fatal error: no more goroutine stacks: " + std::to_string(c.in_use) + " in use, at most " + std::to_string(c.most) +
             " fit the address space\n");
  end_process();
}

void fatal_overflow_found_late(const product_task& t, std::size_t size) noexcept {
  enter_death();
  write_text("runtime: goroutine stack exceeds " + std::to_string(size) +
             "-byte limit (found when it ended, by the canary below its stack)\nfatal error: stack overflow\n");
  print_heading(STDERR_FILENO, t, "dead");
  print_creation(STDERR_FILENO, t);
  end_process();
}

void fatal_out_of_memory() noexcept {
  enter_death();
  write_text("fatal error: out of memory\n");
  end_process();
}

void report_stack_overflow(product_scheduler&, const fiber::stack_overflow& hit) noexcept {
  // In a signal handler: nothing may allocate.
  const product_worker* w = product::worker_here();
  const product_task* t = w == nullptr ? nullptr : w->current;
  {
    fiber::descriptor_writer out(STDERR_FILENO);
    out << "runtime: goroutine stack exceeds " << std::uint64_t{hit.stack.size} << "-byte limit\nruntime: address=";
    out.address(hit.address) << " stack=[";
    out.address(hit.stack.low) << ", ";
    out.address(hit.stack.top()) << "]\nfatal error: stack overflow\n";
    if (t == nullptr) out << "\nforeign thread:\n";
  }
  if (t != nullptr) print_heading(STDERR_FILENO, *t, "running");
  print_frames(STDERR_FILENO, fiber::capture_interrupted(), fiber::names::raw);
  if (t != nullptr) print_creation(STDERR_FILENO, *t);
}

}  // namespace stealyard::sched
