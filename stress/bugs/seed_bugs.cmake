# stealyard_seed_bugs(TARGET [INSTRUMENT]), for any number of targets: for every KIND.VARIANT.BUG.patch here, patches the variant's own
# header into the build tree, renames its type to VARIANT__BUG (two definitions of one name would merge) and gives TARGET a unit that
# registers it as VARIANT+BUG with INSTRUMENT (model unless named), if that has a suite for the kind.
# A patch that no longer applies fails the build: a twin cannot drift from its variant.
find_program(STEALYARD_PATCH patch REQUIRED)
set(STEALYARD_BUGS_FOLDER "${CMAKE_CURRENT_LIST_DIR}")

function(stealyard_seed_bugs target)
  set(instrument model)
  if(ARGC GREATER 1)
    set(instrument "${ARGV1}")
  endif()
  file(GLOB patches CONFIGURE_DEPENDS "${STEALYARD_BUGS_FOLDER}/*.patch")
  foreach(patch IN LISTS patches)
    cmake_path(GET patch STEM LAST_ONLY stem)
    if(NOT stem MATCHES "^([a-z_]+)\\.([a-z0-9_]+)\\.([a-z0-9_]+)$")
      message(FATAL_ERROR "${patch}: a seeded bug is named KIND.VARIANT.BUG.patch")
    endif()
    set(kind "${CMAKE_MATCH_1}")
    set(variant "${CMAKE_MATCH_2}")
    set(bug "${CMAKE_MATCH_3}")
    get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_${kind}/${variant}")
    if(NOT header)
      message(FATAL_ERROR "${patch}: ${kind}/${variant} is not registered")
    endif()
    if(NOT EXISTS "${PROJECT_SOURCE_DIR}/stress/${instrument}/${kind}.hpp")
      continue()
    endif()
    set(twin "${variant}__${bug}")
    set(made "${PROJECT_BINARY_DIR}/generated/bugs/${target}/${kind}/${twin}.hpp")
    add_custom_command(OUTPUT "${made}"
      COMMAND "${CMAKE_COMMAND}" "-DPATCH=${STEALYARD_PATCH}" "-DHEADER=${header}" "-DDIFF=${patch}" "-DMADE=${made}"
              "-DFROM=${variant}" "-DTO=${twin}" -P "${STEALYARD_BUGS_FOLDER}/make_twin.cmake"
      DEPENDS "${header}" "${patch}" "${STEALYARD_BUGS_FOLDER}/make_twin.cmake"
      COMMENT "Seeding ${kind}.${variant}+${bug}" VERBATIM)
    set(unit "${PROJECT_BINARY_DIR}/generated/bugs/${target}/${kind}.${twin}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT
"// Generated: ${kind} ${variant} with the seeded bug ${bug}.
#include \"${made}\"

#include \"stress/${instrument}/${kind}.hpp\"

namespace {
[[maybe_unused]] const bool added = (stealyard::${instrument}::${kind}_suite::add<stealyard::${kind}::${twin}>(\"${variant}+${bug}\"), true);
}
")
    set_property(SOURCE "${unit}" APPEND PROPERTY OBJECT_DEPENDS "${made}")
    target_sources(${target} PRIVATE "${unit}" "${made}")
  endforeach()
endfunction()
