// entry: one litmus test of the library: a program, an outcome asked about, and the verdict that is known for it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace stealyard::litmus::library {

enum class known : std::uint8_t {
  allowed,
  forbidden,
  race,  // the program has a data race: no outcome means anything
};

// Where a verdict comes from.
enum class source : std::uint8_t {
  standard,  // ISO C++20, [intro.races], [atomics.order], [atomics.fences]: the clause itself decides
  batty,     // Batty, Owens, Sarkar, Sewell, Weber, "Mathematizing C++ concurrency", POPL 2011
  herding,   // Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 36(2), 2014: names and shapes; the verdict by C++'s rules
  rc11,      // Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017
  p0668,     // Boehm, Giroux, Vafeiadis, "Revising the C++ memory model", P0668R5
  p0982,     // Boehm, Giroux, Vafeiadis, "Weaken release sequences", P0982R1
};

struct entry {
  std::string_view name;
  std::string_view program;  // litmus/text.hpp
  // Registers in program order, then after a `|` the final values; * is anything, and what is left out at the end is too.
  std::string_view outcome;
  known verdict;
  source from;
};

// Every family, in files of their own.
std::span<const entry> message_passing() noexcept;
std::span<const entry> store_buffering() noexcept;
std::span<const entry> coherence() noexcept;
std::span<const entry> causality() noexcept;       // three threads and more
std::span<const entry> write_order() noexcept;     // shapes whose outcome is a final value
std::span<const entry> read_modify_write() noexcept;
std::span<const entry> seq_cst() noexcept;         // where C++20 differs from C++11

}  // namespace stealyard::litmus::library
