# Builds the Go peer offline: nothing is fetched, and nothing is written outside the build folder.
#   cmake -DGO=… -DFOLDER=… -DOUTPUT=… -DCACHE=… -P build_go.cmake
execute_process(COMMAND git -C ${FOLDER} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE git_state OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE git_failed)
if(git_failed)
  set(git_state unknown)
endif()
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env GOFLAGS=-mod=mod GOPROXY=off GOSUMDB=off GOTOOLCHAIN=local GOCACHE=${CACHE} GOPATH=${CACHE}/path
          ${GO} build -buildvcs=false -ldflags "-X main.gitState=${git_state}" -o ${OUTPUT} .
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "go build of ${FOLDER} failed")
endif()
