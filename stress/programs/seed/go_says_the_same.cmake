# Builds go/programs.go offline, runs each program, and compares what it says with expected.txt.
#   cmake -DGO=… -DFOLDER=… -DBUILD=… -P go_says_the_same.cmake
cmake_minimum_required(VERSION 3.25)
set(executable ${BUILD}/stealyard-programs-go)
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env GOFLAGS=-mod=mod GOPROXY=off GOSUMDB=off GOTOOLCHAIN=local GOCACHE=${BUILD}/go-cache GOPATH=${BUILD}/go-cache/path
          ${GO} build -buildvcs=false -o ${executable} .
  WORKING_DIRECTORY ${FOLDER}/go COMMAND_ERROR_IS_FATAL ANY)

file(READ ${FOLDER}/expected.txt text)
string(REPLACE ";" "," text "${text}")
string(REGEX REPLACE "\n== " ";" blocks "\n${text}")
list(POP_FRONT blocks)  # the comment
set(wrong 0)
foreach(block IN LISTS blocks)
  string(REGEX MATCH "^([a-z_0-9]+) ?([0-9]*)\n" heading "${block}")
  set(name "${CMAKE_MATCH_1}")
  set(wanted_status 0)
  if(CMAKE_MATCH_2)
    set(wanted_status "${CMAKE_MATCH_2}")
  endif()
  string(LENGTH "${heading}" begin)
  string(SUBSTRING "${block}" ${begin} -1 wanted)
  execute_process(COMMAND ${executable} ${name} OUTPUT_VARIABLE said ERROR_VARIABLE last_words RESULT_VARIABLE status TIMEOUT 20)
  string(STRIP "${said}" said)
  string(STRIP "${wanted}" wanted)
  if(NOT said STREQUAL wanted OR NOT status STREQUAL wanted_status)
    message("${name}: Go ends with ${status}, expected.txt with ${wanted_status}. Go says:\n${said}\nexpected.txt says:\n${wanted}\n${last_words}")
    math(EXPR wrong "${wrong} + 1")
  endif()
endforeach()
list(LENGTH blocks count)
message("${count} programs, ${wrong} differ")
if(wrong OR count EQUAL 0)
  message(FATAL_ERROR "expected.txt is not what Go says")
endif()
