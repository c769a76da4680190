# cmake --install: the runtime, its headers, the parts, their suites, and the package that find_package(Stealyard) finds.
#   include/stealyard       core/, variants/, registry/ and the suites' headers, as in this tree: a part finds the same includes everywhere
#   share/stealyard         the runtime's and the suites' sources: a project with parts of its own builds both anew, the runtime with them
#                           in its registry
#   lib, lib/cmake/Stealyard
# A sanitized build installs nothing: whoever links it would have to be sanitized in the same way.
if(STEALYARD_SANITIZE OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(headers "${CMAKE_INSTALL_INCLUDEDIR}/stealyard")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Stealyard")
set(sources "${CMAKE_INSTALL_DATADIR}/stealyard")

get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
set(installed_variants "")
set(registry "${CMAKE_CURRENT_BINARY_DIR}/installed/registry")
foreach(variant IN LISTS known)
  get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_${variant}")
  cmake_path(GET variant PARENT_PATH kind)
  # Parts from outside the tree stay outside: their owner installs them.
  if(header STREQUAL "${PROJECT_SOURCE_DIR}/variants/${variant}.hpp")
    list(APPEND installed_variants "${variant}")
    install(FILES "${header}" DESTINATION "${headers}/variants/${kind}")
  endif()
endforeach()
stealyard_write_kind_headers("${registry}" "variants/%.hpp" "${installed_variants}")
install(DIRECTORY "${registry}" DESTINATION "${headers}")

install(DIRECTORY variants/shared DESTINATION "${headers}/variants" FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY core DESTINATION "${headers}" FILES_MATCHING PATTERN "*.hpp" PATTERN decisions EXCLUDE)
install(DIRECTORY stress/conformance stress/property DESTINATION "${headers}/stress" FILES_MATCHING PATTERN "*.hpp")
install(FILES stress/native_main.cpp DESTINATION "${sources}/stress")
install(DIRECTORY stress/conformance stress/property DESTINATION "${sources}/stress" FILES_MATCHING PATTERN "*.cpp")

get_target_property(runtime_sources stealyard SOURCES)
get_target_property(runtime_folder stealyard SOURCE_DIR)
set(installed_sources "")
foreach(source IN LISTS runtime_sources)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${runtime_folder}" NORMALIZE)
  cmake_path(GET source FILENAME name)
  install(FILES "${source}" DESTINATION "${sources}/runtime")
  list(APPEND installed_sources "${name}")
endforeach()

set(fiber "stealyard_fiber_${STEALYARD_CONTEXT_SWITCH}")
install(TARGETS stealyard stealyard_flags stealyard_world stealyard_fiber_common ${fiber} stealyard_topology EXPORT StealyardTargets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET stealyard-topology)
  install(TARGETS stealyard-topology RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(EXPORT StealyardTargets NAMESPACE Stealyard:: DESTINATION "${package}")

configure_package_config_file(scripts/cmake/StealyardConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/installed/StealyardConfig.cmake"
  INSTALL_DESTINATION "${package}" PATH_VARS headers sources)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/installed/StealyardConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/installed/StealyardConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/installed/StealyardConfigVersion.cmake"
              scripts/cmake/StealyardVariant.cmake DESTINATION "${package}")
