// scenario: what one execution runs: a body for each model thread, then checks when all have ended.
// Constructed afresh for each execution, inside the model: its memory is Relacy's, a leak is a verdict.
#pragma once
#include <cstdint>
#include <source_location>
#include <string>

namespace stealyard::model {

class scenario {
 public:
  scenario() = default;
  scenario(const scenario&) = delete;
  scenario& operator=(const scenario&) = delete;
  virtual ~scenario() = default;
  virtual void thread(unsigned index) = 0;
  virtual void after() {}  // sequential; sees everything the threads did
  // Nobody who has not ended can go on. True: so it should be, as when a receiver waits for what nobody will send; after() is not run.
  // Only the explorer asks; under Relacy it is always a deadlock.
  virtual bool may_rest() { return false; }
};

// Something to explore. `context` is whatever make wants to know, a program for instance.
struct subject {
  unsigned threads = 2;  // 2 to 7
  scenario* (*make)(const void* context) = nullptr;
  const void* context = nullptr;
};

// Ends the execution with a verdict unless `holds`. For use inside a scenario only.
void require(bool holds, const char* otherwise, std::source_location at = std::source_location::current());

}  // namespace stealyard::model
