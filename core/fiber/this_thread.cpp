// What belongs to the thread that runs now, each reached by a call that no optimizer sees through.
#include "core/fiber/this_thread.hpp"

#include "core/fiber/exception_globals.hpp"
#include "core/fiber/worker_pointer.hpp"

#include <cerrno>
#include <cxxabi.h>
#include <pthread.h>

// Named by the assembly in worker_pointer.hpp.
extern "C" {
__attribute__((used, tls_model("local-exec"))) __thread void* stealyard_worker_pointer;
}

namespace stealyard::fiber {

// The empty statements keep link-time optimization from taking the results for functions of nothing.
[[gnu::noinline]] void* worker_pointer_by_call() noexcept {
  void* worker = stealyard_worker_pointer;
  asm volatile("" : "+r"(worker) : : "memory");
  return worker;
}
[[gnu::noinline]] void set_worker_pointer_by_call(void* worker) noexcept {
  stealyard_worker_pointer = worker;
  asm volatile("" : : : "memory");
}

[[gnu::noinline]] int errno_here() noexcept {
  int value = errno;
  asm volatile("" : "+r"(value) : : "memory");
  return value;
}
[[gnu::noinline]] void set_errno_here(int value) noexcept {
  errno = value;
  asm volatile("" : : : "memory");
}

[[gnu::noinline]] exception_globals* exception_globals_here() noexcept {
  void* record = abi::__cxa_get_globals();
  asm volatile("" : "+r"(record) : : "memory");
  return static_cast<exception_globals*>(record);
}

stack_block this_thread_stack() noexcept {
  stack_block block;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return block;
  void* low = nullptr;
  if (pthread_attr_getstack(&attributes, &low, &block.size) == 0) block.low = static_cast<std::byte*>(low);
  pthread_attr_destroy(&attributes);
  return block;
}

}  // namespace stealyard::fiber
