// interleaving: a failing execution as a person reads it: the program, then one column a thread, with values, places and rows.
#pragma once
#include "stress/model/program.hpp"

namespace stealyard::model {

std::string describe_program(const program& p, std::string_view kind);
// What the last replay recorded (stress/world/trace.hpp).
std::string describe_interleaving(unsigned threads);

}  // namespace stealyard::model
