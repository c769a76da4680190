# Writes git_state.hpp: which sources this build is of. Written only when it changed, so that nothing is rebuilt in vain.
#   cmake -DFOLDER=… -DOUTPUT=… -P git_state.cmake
execute_process(COMMAND git --no-optional-locks -C ${FOLDER} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE git_state OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE git_failed)
if(git_failed)
  set(git_state unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"// Generated.
#pragma once
namespace stealyard::bench {
inline constexpr const char* git_state = \"${git_state}\";
}  // namespace stealyard::bench
")
