# Standard and third-party headers compiled once for many units: four tenths of what a test's unit costs the compiler.
#   stealyard_precompiled(NAME [HEADERS HEADER...] [LIBRARIES LIBRARY...] [OPTIONS OPTION...])
#                                       a set: the standard headers that tests use, and those HEADERs, of those LIBRARIES
#   stealyard_precompile(TARGET NAME)   TARGET's units begin with that set; both are optimised, or neither is
# For tests and tools only: what a user builds names all it includes. So must a test; `scripts/test --full` has builds without, which
# show what is missing.
option(STEALYARD_PRECOMPILED "compile the standard headers of the tests once, not once a unit" ON)

function(stealyard_precompiled name)
  if(NOT STEALYARD_PRECOMPILED)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 set "" "" "HEADERS;LIBRARIES;OPTIONS")
  set(unit "${PROJECT_BINARY_DIR}/generated/precompiled/${name}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "// Generated: a target has a unit.\n")
  add_library(${name} OBJECT "${unit}")
  target_link_libraries(${name} PRIVATE stealyard_flags ${set_LIBRARIES})
  target_compile_options(${name} PRIVATE ${set_OPTIONS})
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstdio> <cstdlib> <cstring> <deque> <functional> <iostream>
    <map> <memory> <mutex> <optional> <random> <set> <sstream> <stdexcept> <string> <string_view> <thread> <tuple> <unordered_map>
    <utility> <variant> <vector> ${set_HEADERS})
  stealyard_reproducible_headers(${name})
endfunction()

function(stealyard_precompile target name)
  if(STEALYARD_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${name})
    stealyard_reproducible_headers(${target})
  endif()
endfunction()

# clang notes times in what it precompiles: no two would be alike, and ccache would find nothing.
function(stealyard_reproducible_headers target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()
