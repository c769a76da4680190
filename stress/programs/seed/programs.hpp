// The programs every Go programmer knows, transcribed line for line. Each has a twin of the same name in go/programs.go, and says what
// expected.txt says, on every combination of parts whose claims cover what it needs: there, and in Go.
#pragma once
#include "core/contract/claims.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace stealyard::programs {

// What a program asks of the parts. One without buffered channels needs nothing of a channel buffer. (That it can be closed, every
// buffer's contract says: there is nothing to claim.)
struct needs {
  std::optional<arity> buffered{};  // who sends and receives on its buffered channels, at once
  bool fifo = false;
  bool hand_off = false;
  bool sleeping_select = false;     // it would hang, or look alive, if a select that waits merely polled
};

struct program {
  std::string_view name;
  needs needed;
  int (*main)();                  // inside run(); the exit status
  std::string_view death{};       // the message it ends with, by its name in ../messages.txt; empty: none, and nothing on stderr
  std::string_view last_words{};  // how that begins
};

std::vector<program> basics();
std::vector<program> patterns();
std::vector<program> deaths();

}  // namespace stealyard::programs
