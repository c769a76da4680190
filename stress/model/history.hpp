// history: the operations of one execution, with what each returned and what happened before it.
//
// Order is happens-before, from the world's own clocks, never real time: a push may sit in the store buffer when it returns, and
// a model that ordered it before a later take on another thread would raise false alarms. Fixed storage: nothing allocates in the model.
#pragma once
#include "core/contract/claims.hpp"
#include "stress/model/checked.hpp"

namespace stealyard::model {

struct operation {
  char letter = 0;
  std::uint8_t on = 0;                  // which object, where there are several
  unsigned thread = 0;
  std::uint8_t value = 0;               // what went in or came out
  outcome result = outcome::ok;
  bool answers = false;                 // yes or no, in `flag`, instead of an outcome
  bool flag = false;
  bool overlapped = false;              // some operation of another thread is ordered neither before nor after
  std::uint64_t before = 0;             // bit i: operation i happens before this one
  std::size_t began = 0, ended = 0;     // own clock
  std::array<std::size_t, world::max_model_threads> seen{};     // every thread's clock when it began
  std::array<std::size_t, world::max_model_threads> learned{};  // … and when it ended

  // Whatever came before the other one is visible after this one (the edges of Go's memory model).
  bool sees(const operation& other) const noexcept { return thread == other.thread || learned[other.thread] >= other.began; }
};

class history {
 public:
  static constexpr unsigned most = 48;

 private:
  std::array<operation, most> operations_;
  unsigned count_ = 0;

 public:
  // Opens an operation: what the calling thread has seen by now. `verb` is for the trace.
  static operation begin(char letter, const char* verb, std::uint8_t value = 0) noexcept;
  // Closes it, with its outcome filled in, or with a yes or no.
  void end(operation& op) noexcept;
  void end(operation& op, bool answer) noexcept;
  // Computes before and overlapped, once all have ended.
  void order() noexcept;

  unsigned size() const noexcept { return count_; }
  const operation& operator[](unsigned i) const noexcept { return operations_[i]; }
};

}  // namespace stealyard::model
