#include "core/world/participants.hpp"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace stealyard::world {

namespace {

// Free indices, smallest first, so that they stay dense.
class index_pool {
  std::mutex mutex_;
  std::vector<bool> used_ = std::vector<bool>(max_native_participants, false);

 public:
  unsigned acquire() {
    std::lock_guard lock(mutex_);
    for (unsigned i = 0; i != max_native_participants; ++i) {
      if (!used_[i]) {
        used_[i] = true;
        return i;
      }
    }
    std::fprintf(stderr, "stealyard: more than %u threads use the library at once\n", max_native_participants);
    std::abort();
  }
  void release(unsigned i) {
    std::lock_guard lock(mutex_);
    used_[i] = false;
  }
};

index_pool& pool() {
  static index_pool* const p = new index_pool;  // outlives every thread_local that returns an index to it
  return *p;
}

struct participant {
  unsigned index = pool().acquire();
  std::uint64_t random_state = 0x9e3779b97f4a7c15u * (index + 1);
  ~participant() { pool().release(index); }
};

participant& current() noexcept {
  thread_local participant p;
  return p;
}

}  // namespace

unsigned native_self() noexcept {
  asm volatile("");
  return current().index;
}

void native_seed(std::uint64_t seed) noexcept { current().random_state = seed; }

std::uint32_t native_random(std::uint32_t n) noexcept {
  asm volatile("");
  std::uint64_t z = current().random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return static_cast<std::uint32_t>(((z >> 32) * n) >> 32);
}

}  // namespace stealyard::world
