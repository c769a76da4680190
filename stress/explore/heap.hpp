// heap: what new gives inside the model: fresh memory of one execution, at the same address in every run of the same steps, never reused
// while the execution lasts (so that an old pointer stays wrong), all of it gone at once when the execution ends, however it ends.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stealyard::explore {

class model_heap {
 public:
  static constexpr std::size_t most = std::size_t{64} << 20;  // bytes that one execution may take

  void begin() noexcept;
  void* take(std::size_t size, std::size_t alignment) noexcept;  // null: more than `most`
  bool owns(const void* at) const noexcept;
  // False: it was given back before.
  bool give(void* at) noexcept;
  bool given_back(const void* block) const noexcept;
  std::size_t living() const noexcept { return living_; }
  std::size_t used() const noexcept { return used_; }
  bool open = false;  // new and delete are the model's

 private:
  struct header {
    std::uint64_t size;
    std::uint64_t state;
  };
  bool reserve() noexcept;
  std::byte* base_ = nullptr;
  std::size_t used_ = 0;
  std::size_t living_ = 0;
};

extern model_heap the_heap;

// Inside this scope new and delete are the real ones: for the checkers' own data.
class outside_the_model {
  bool was_;

 public:
  outside_the_model() noexcept : was_(the_heap.open) { the_heap.open = false; }
  ~outside_the_model() { the_heap.open = was_; }
  outside_the_model(const outside_the_model&) = delete;
  outside_the_model& operator=(const outside_the_model&) = delete;
};

}  // namespace stealyard::explore
