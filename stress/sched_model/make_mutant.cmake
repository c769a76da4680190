# Copies core/sched and core/go from SOURCE to OVERLAY and applies DIFF there. A patch that no longer applies fails the build.
file(REMOVE_RECURSE "${OVERLAY}")
file(COPY "${SOURCE}/core/sched" "${SOURCE}/core/go" DESTINATION "${OVERLAY}/core" FILES_MATCHING PATTERN "*.hpp")
execute_process(COMMAND "${PATCH}" --quiet --force --no-backup-if-mismatch -p1 -d "${OVERLAY}" -i "${DIFF}"
                RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  file(REMOVE_RECURSE "${OVERLAY}")
  message(FATAL_ERROR "${DIFF} does not apply: write the mutant anew for the changed scheduler\n${said}")
endif()
file(TOUCH "${OVERLAY}/patched")
