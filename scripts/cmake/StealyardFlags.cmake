# Flags shared by every target: stealyard_flags (interface). Sanitizers are off by default and refused in benchmark builds.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")  # enough for tracebacks; full debug information costs a third of the compiler's time
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")

# A ccache that cannot write (a read-only home) would fail every compilation: do without it.
find_program(STEALYARD_CCACHE ccache)
set(ccache_unusable 0)
if(STEALYARD_CCACHE)
  execute_process(COMMAND "${STEALYARD_CCACHE}" --get-config cache_dir OUTPUT_VARIABLE ccache_folder OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E make_directory "${ccache_folder}/tmp" OUTPUT_QUIET ERROR_QUIET)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E touch "${ccache_folder}/tmp/stealyard" OUTPUT_QUIET ERROR_QUIET RESULT_VARIABLE ccache_unusable)
endif()
if(ccache_unusable)
  message(STATUS "ccache is left out: it cannot use its folder (set CCACHE_DIR to one that it may write to)")
elseif(STEALYARD_CCACHE)
  # Sloppy about precompiled headers alone: ccache does without them else.
  set(CMAKE_CXX_COMPILER_LAUNCHER "/usr/bin/env;CCACHE_SLOPPINESS=pch_defines,time_macros;${STEALYARD_CCACHE}")
endif()

add_library(stealyard_flags INTERFACE)
target_include_directories(stealyard_flags INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR};${PROJECT_BINARY_DIR}/generated>" "$<INSTALL_INTERFACE:include/stealyard>")
target_compile_features(stealyard_flags INTERFACE cxx_std_20)
if(PROJECT_IS_TOP_LEVEL)  # whoever links us chooses their own warnings
  target_compile_options(stealyard_flags INTERFACE
    "$<BUILD_INTERFACE:-Wall;-Wextra;-Wshadow;-Wnon-virtual-dtor;-Woverloaded-virtual;-Wconversion;-Wno-sign-conversion;-Werror>")
endif()
target_compile_options(stealyard_flags INTERFACE -fstack-clash-protection)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely on inlined std::string and std::optional code.
  target_compile_options(stealyard_flags INTERFACE "$<BUILD_INTERFACE:-Wno-restrict;-Wno-maybe-uninitialized;-Wno-interference-size>")
  # Under TSan it also refuses a CAS that acquires only on failure, which C++17 allows.
  if(STEALYARD_SANITIZE MATCHES "^thread")
    target_compile_options(stealyard_flags INTERFACE -Wno-invalid-memory-model)
  endif()
endif()
find_package(Threads REQUIRED)
target_link_libraries(stealyard_flags INTERFACE Threads::Threads)
if(STEALYARD_ASSERTIONS)
  target_compile_definitions(stealyard_flags INTERFACE STEALYARD_ASSERTIONS=1)
endif()

set(STEALYARD_SANITIZERS "" address thread-runtime thread-go perturbed)
if(NOT STEALYARD_SANITIZE IN_LIST STEALYARD_SANITIZERS)
  message(FATAL_ERROR "STEALYARD_SANITIZE=${STEALYARD_SANITIZE}: accepted are empty, address, thread-runtime, thread-go, perturbed")
endif()
if(STEALYARD_SANITIZE AND STEALYARD_BENCH)
  message(FATAL_ERROR "a sanitized build is no benchmark: STEALYARD_SANITIZE=${STEALYARD_SANITIZE} needs STEALYARD_BENCH=OFF")
endif()
if(STEALYARD_SANITIZE STREQUAL "address")
  target_compile_options(stealyard_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(stealyard_flags INTERFACE -fsanitize=address,undefined)
elseif(STEALYARD_SANITIZE STREQUAL "perturbed")
  target_compile_definitions(stealyard_flags INTERFACE STEALYARD_PERTURBED=1)
elseif(STEALYARD_SANITIZE MATCHES "^thread")
  target_compile_options(stealyard_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(stealyard_flags INTERFACE -fsanitize=thread)
  if(STEALYARD_SANITIZE STREQUAL "thread-go")
    target_compile_definitions(stealyard_flags INTERFACE STEALYARD_TSAN_GO=1)
  else()
    target_compile_definitions(stealyard_flags INTERFACE STEALYARD_TSAN_RUNTIME=1)
  endif()
endif()
