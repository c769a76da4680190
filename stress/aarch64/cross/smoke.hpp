// A check is a function without arguments that says what it found wrong; nothing: it passed. No test library is at hand here.
#pragma once
#include <string>
#include <type_traits>
#include <vector>

namespace stealyard::smoke {

struct check {
  const char* name;
  std::string (*run)();
};

std::vector<check> death_checks();
std::vector<check> fiber_checks();
std::vector<check> go_checks();

template <class T>
std::string expect_equal(const char* what, T got, std::type_identity_t<T> wanted) {
  if (got == wanted) return {};
  return std::string(what) + " is " + std::to_string(got) + ", not " + std::to_string(wanted);
}

}  // namespace stealyard::smoke
