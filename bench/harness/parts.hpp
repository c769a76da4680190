// Parts by name: those chosen at run time (asked of the runtime), and those this executable is built with.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stealyard::bench {

// Kinds that a flag of this executable chooses.
const std::vector<std::string>& runtime_kinds();
// Kinds that the build chose: kind -> variant. In a static build the run queue is one of them.
std::map<std::string, std::string> built_in_parts();
// Every kind with variants, run-time or not, and their names, sorted.
std::map<std::string, std::vector<std::string>> all_parts();
// The variant that a kind has unless told otherwise.
std::string default_of(std::string_view kind);

// "a, b, c"
std::string joined(const std::vector<std::string>& names);

}  // namespace stealyard::bench
