// text: litmus programs as people write them.
//
//   store x 1 relaxed; load y seq_cst || fence acq_rel; cas x 0 2 acq_rel relaxed; swap y 3 release; add x 1 relaxed; write z 1; read z
//
// Locations are x, y, z, w, v, u. `cas LOCATION EXPECTED DESIRED ORDER FAILURE`; read and write are plain accesses.
// Orders: relaxed (rlx), acquire (acq), release (rel), acq_rel, seq_cst (sc).
#pragma once
#include "stress/litmus/program.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace stealyard::litmus {

struct bad_text : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

inline constexpr std::string_view location_names = "xyzwvu";

// Throws bad_text, one line that names the offending word and what is accepted.
program parse_program(std::string_view text);
std::string to_string(const program& p);
const char* to_string(std::memory_order o) noexcept;

// "1 0 | x=1 y=1": registers in program order, then final values.
std::string to_string(const program& p, const outcome& o);

}  // namespace stealyard::litmus
