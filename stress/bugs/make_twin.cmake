# HEADER + DIFF -> MADE, with the type FROM renamed to TO.
get_filename_component(folder "${MADE}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${PATCH}" --quiet --force --no-backup-if-mismatch "--output=${MADE}.patched" "${HEADER}" "${DIFF}"
                RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message(FATAL_ERROR "${DIFF} does not apply to ${HEADER}: write the seeded bug anew for the changed variant\n${said}")
endif()
file(READ "${MADE}.patched" text)
string(REGEX REPLACE "(^|[^A-Za-z0-9_])${FROM}([^A-Za-z0-9_])" "\\1${TO}\\2" text "${text}")
file(WRITE "${MADE}" "${text}")
file(REMOVE "${MADE}.patched")
