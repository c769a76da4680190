// Debian's Relacy replaces only the plain forms of new and delete. The others would go round its heap: sized deletes would free
// what malloc never gave, and over-aligned objects would escape its leak and reuse checks.
#include "stress/world/relacy_library.hpp"

#include <sys/mman.h>

namespace {

// Over-aligned blocks keep the address that new gave just below themselves.
void* aligned_new(std::size_t size, std::size_t alignment) {
  auto* block = static_cast<std::byte*>(::operator new(size + alignment + sizeof(void*)));
  const auto lowest = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
  auto* at = reinterpret_cast<std::byte*>((lowest + alignment - 1) & ~std::uintptr_t(alignment - 1));
  std::memcpy(at - sizeof(void*), &block, sizeof(void*));
  return at;
}

void aligned_delete(void* at) noexcept {
  if (at == nullptr) return;
  void* block;
  std::memcpy(&block, static_cast<std::byte*>(at) - sizeof(void*), sizeof(void*));
  ::operator delete(block);
}

std::vector<void*, rl::raw_allocator<void*>>& free_stacks() {
  static auto* stacks =
      new (std::malloc(sizeof(std::vector<void*, rl::raw_allocator<void*>>))) std::vector<void*, rl::raw_allocator<void*>>();
  return *stacks;
}

}  // namespace

void operator delete(void* at, std::size_t) noexcept { ::operator delete(at); }
void operator delete[](void* at, std::size_t) noexcept { ::operator delete[](at); }
void* operator new(std::size_t size, std::align_val_t alignment) { return aligned_new(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return aligned_new(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* at, std::align_val_t) noexcept { aligned_delete(at); }
void operator delete[](void* at, std::align_val_t) noexcept { aligned_delete(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { aligned_delete(at); }
void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { aligned_delete(at); }

namespace stealyard::world {

void* take_model_stack() {
  auto& stacks = free_stacks();
  if (!stacks.empty()) {
    void* stack = stacks.back();
    stacks.pop_back();
    return stack;
  }
  constexpr std::size_t guard = 4096;
  void* low = ::mmap(nullptr, guard + model_stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (low == MAP_FAILED) throw std::bad_alloc();
  ::mprotect(low, guard, PROT_NONE);
  return static_cast<std::byte*>(low) + guard;
}

void give_model_stack(void* stack) { free_stacks().push_back(stack); }

}  // namespace stealyard::world
