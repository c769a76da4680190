# A variant fresh from new-variant must fail its suite, and say which operation of which part is not written.
#   cmake -DSUBJECT=… -DINSTRUMENT=… -DKIND=… -P says_what_is_missing.cmake
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND "${SUBJECT}" "--gtest_filter=${INSTRUMENT}.${KIND}.unwritten.*" OUTPUT_VARIABLE said ERROR_VARIABLE said
                RESULT_VARIABLE status)
message("${said}")
if(said MATCHES "sanitizers cannot follow a raw jump")
  message("skipped: this build's sanitizer cannot run a context switch that is not written")
  return()
endif()
if(status EQUAL 0)
  message(FATAL_ERROR "${KIND}: an unwritten variant passed its tests")
endif()
if(NOT said MATCHES "not written yet: [a-z_]+ of ${KIND} unwritten [^\n]*${KIND}/unwritten.hpp:[0-9]+")
  message(FATAL_ERROR "${KIND}: status ${status}, and nothing says what is not written")
endif()
