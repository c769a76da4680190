// library: every litmus test with a known verdict, parsed.
#pragma once
#include "stress/litmus/library/entry.hpp"
#include "stress/litmus/text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace stealyard::litmus::library {

struct test {
  entry from;
  program code;
  // Position by position as an outcome; nothing: any value.
  std::vector<std::optional<std::int8_t>> asked;
};

// Every entry, in the order of the families. Throws bad_text if one is malformed.
const std::vector<test>& tests();

bool matches(const test& t, const outcome& o) noexcept;
// What the verdict says of the outcome asked about.
known answer(const test& t, const verdict& v) noexcept;

const char* to_string(known k) noexcept;
const char* to_string(source s) noexcept;

}  // namespace stealyard::litmus::library
