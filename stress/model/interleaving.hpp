// interleaving: a failing execution as a person reads it: the program, then one column a thread, with values, places and rows.
#pragma once
#include "stress/model/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stealyard::model {

std::string describe_program(const program& p, std::string_view kind);

// One step: whose, what, and where in the source.
struct row {
  std::size_t column;
  std::string cell, place;
  bool operator==(const row&) const = default;
};
inline constexpr std::size_t report_width = 160;
// A column a thread, and one for `others`; steps that come again and again are shown twice; no line is longer than report_width (places of
// half of that apart).
std::string in_columns(const std::vector<row>& rows, unsigned threads, bool others);
// What the last replay recorded (stress/world/trace.hpp).
std::string describe_interleaving(unsigned threads);

}  // namespace stealyard::model
