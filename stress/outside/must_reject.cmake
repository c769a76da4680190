# Runs one instrument on one broken twin: it must end with status 1, and its report must name the twin.
#   cmake -DSUBJECT=… -DINSTRUMENT=… -DLABEL=KIND.NAME -DARGUMENTS=… -P must_reject.cmake       %LABEL% in ARGUMENTS stands for the label
cmake_minimum_required(VERSION 3.25)
string(REPLACE "%LABEL%" "${LABEL}" arguments "${ARGUMENTS}")
execute_process(COMMAND "${SUBJECT}" ${arguments} OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE status)
message("${said}")
# 23 and 66: a sanitizer saw the damage as well. Anything else is a usage error, a crash of the instrument, or nothing found.
if(NOT status MATCHES "^(1|23|66)$")
  message(FATAL_ERROR "${INSTRUMENT} of ${LABEL}: status ${status}; a broken variant is status 1")
endif()
set(wanted "FAILED[] :]+${INSTRUMENT}[.]${LABEL}[.: (]")
if(NOT said MATCHES "${wanted}")
  message(FATAL_ERROR "${INSTRUMENT} of ${LABEL}: nothing in its report matches ${wanted}")
endif()
