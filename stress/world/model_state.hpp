// model_state: what a model thread has beside its memory: an identity, a place to sleep, a clock. Reset for every execution.
#pragma once
#include "core/world/concept.hpp"

#include <array>

namespace stealyard::world {

inline constexpr unsigned max_model_threads = 8;

struct model_state {
  nanoseconds_t now = 0;
  std::array<unsigned, max_model_threads> self{};             // a worker's identity may move between model threads
  std::array<const void*, max_model_threads> sleeps_on{};     // the address of the word, or null
  const char* failure = "";                                   // what a check of ours said

  void reset() noexcept {
    now = 1'000'000;
    sleeps_on.fill(nullptr);
    for (unsigned i = 0; i != max_model_threads; ++i) self[i] = i;
    failure = "";
  }
};

extern model_state the_model;

}  // namespace stealyard::world
