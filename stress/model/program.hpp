// program: a small concurrent program: a capacity and, for each thread, a string with one letter or digit an operation.
// Written "2/uuo/s": capacity 2, thread 0 pushes, pushes, pops, thread 1 steals. What the letters mean is the kind's business.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stealyard::model {

struct program {
  unsigned capacity = 1;
  std::vector<std::string> threads;
  bool operator==(const program&) const = default;
};

std::string to_string(const program& p);
// Syntax only; the kind says whether the letters make sense.
std::optional<program> parse_program(std::string_view text);

}  // namespace stealyard::model
