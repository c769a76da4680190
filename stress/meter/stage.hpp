// stage: calls that can be stopped between any two of their steps: each runs on a stack of its own, and goes on for as many steps as it
// is given. One thread, no clock: what happens is decided by the caller alone.
#pragma once
#include <ucontext.h>

#include <functional>
#include <memory>
#include <source_location>
#include <string>

namespace stealyard::meter {

// Where a step happens: a place in the source, or a word for what has none.
struct place {
  const char* what = "the start";
  std::source_location at{};  // line 0: none
};

class actor {
  friend class stage;
  std::function<void()> call_;
  std::unique_ptr<char[]> stack_;
  ucontext_t context_{}, controller_{};
  std::size_t allowance_ = 0, steps_ = 0;
  bool started_ = false, ended_ = false;
  place last_, next_;

  static void begin();

 public:
  explicit actor(std::function<void()> call) : call_(std::move(call)) {}
  actor(const actor&) = delete;
  actor& operator=(const actor&) = delete;
  ~actor();  // a call that has not returned is dropped where it stands
  // Lets it go on for so many steps at most; true once its call has returned.
  bool run(std::size_t steps);
  bool ended() const noexcept { return ended_; }
  std::size_t steps() const noexcept { return steps_; }
  // The step it did last, and the one it is about to do.
  const place& last() const noexcept { return last_; }
  const place& next() const noexcept { return next_; }

  static inline actor* current = nullptr;
  // Before every step. Outside of any actor it does nothing.
  static void step(const place& p) {
    if (current != nullptr) current->stop_here(p);
  }

 private:
  void stop_here(const place& p);
};

// "V4 (vyukov_mpmc.hpp:117)": the row that ends the source line.
std::string to_string(const place& p);

}  // namespace stealyard::meter
