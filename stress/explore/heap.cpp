#include "stress/explore/heap.hpp"

#include "stress/explore/machine.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace stealyard::explore {

model_heap the_heap;

namespace {

constexpr std::uint64_t alive = 0x9a11ce11, dead = 0xdeadbeef;
constexpr int filling = 0xa7;  // what is read before it is written: the same in every run, or failures would not repeat
constexpr std::uintptr_t preferred = 0x10'0000'0000;  // the same in every process, so that addresses in traces agree

}  // namespace

bool model_heap::reserve() noexcept {
  if (base_ != nullptr) return true;
  void* at = ::mmap(reinterpret_cast<void*>(preferred), most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return false;
  base_ = static_cast<std::byte*>(at);
  return true;
}

void model_heap::begin() noexcept {
  if (used_ > (std::size_t{4} << 20)) ::madvise(base_, most, MADV_DONTNEED);
  used_ = 0;
  living_ = 0;
}

void* model_heap::take(std::size_t size, std::size_t alignment) noexcept {
  if (!reserve() || size > most) return nullptr;
  if (alignment < 16) alignment = 16;
  const std::size_t at = (used_ + sizeof(header) + alignment - 1) & ~(alignment - 1);
  if (at + size > most) return nullptr;
  used_ = at + size;
  ++living_;
  auto* h = reinterpret_cast<header*>(base_ + at) - 1;
  h->size = size;
  h->state = alive;
  std::memset(base_ + at, filling, size);
  return base_ + at;
}

bool model_heap::owns(const void* at) const noexcept {
  const auto* byte = static_cast<const std::byte*>(at);
  return base_ != nullptr && byte >= base_ && byte < base_ + most;
}

bool model_heap::give(void* at) noexcept {
  auto* h = static_cast<header*>(at) - 1;
  if (h->state != alive) return false;
  h->state = dead;
  --living_;
  return true;
}

}  // namespace stealyard::explore

namespace {

using stealyard::explore::the_heap;
using stealyard::explore::the_machine;

void* take(std::size_t size, std::size_t alignment) {
  if (the_heap.open) {
    if (void* at = the_heap.take(size, alignment); at != nullptr) return at;
    the_machine.fail(stealyard::explore::ending::memory_budget, "an execution takes more than 64 MiB", {});
  }
  void* at =
      alignment > alignof(std::max_align_t) ? std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1)) : std::malloc(size);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

void give(void* at) noexcept {
  if (at == nullptr) return;
  if (!the_heap.owns(at)) return std::free(at);
  if (!the_heap.give(at)) the_machine.fail(stealyard::explore::ending::double_free, "memory is given back twice", {});
}

}  // namespace

void* operator new(std::size_t size) { return take(size, 0); }
void* operator new[](std::size_t size) { return take(size, 0); }
void* operator new(std::size_t size, std::align_val_t a) { return take(size, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return take(size, static_cast<std::size_t>(a)); }
void operator delete(void* at) noexcept { give(at); }
void operator delete[](void* at) noexcept { give(at); }
void operator delete(void* at, std::size_t) noexcept { give(at); }
void operator delete[](void* at, std::size_t) noexcept { give(at); }
void operator delete(void* at, std::align_val_t) noexcept { give(at); }
void operator delete[](void* at, std::align_val_t) noexcept { give(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { give(at); }
void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { give(at); }
