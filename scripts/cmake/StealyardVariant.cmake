# stealyard_variant(KIND NAME): one line registers a variant. It
#   requires the header KIND/NAME.hpp beside the calling CMakeLists.txt, in which stealyard::KIND::NAME is defined
#     (type name = file name = label);
#   makes one translation unit an instrument (so that an error stays local) for every instrument that has a suite for KIND;
#   adds the conformance, property, model and bench-smoke tests, labelled;
#   appends the variant to variants.json and to the generated registry that makes it selectable by name.
# The installed package carries this file too: there STEALYARD_ROOT is the folder of the installed headers, and the parts that came with
# the package are known already (STEALYARD_INSTALLED_VARIANTS).
set(STEALYARD_KINDS run_queue channel_buffer channel parker idle victim stack context_switch timer_queue reclaim selector)
set_property(GLOBAL PROPERTY STEALYARD_VARIANTS "${STEALYARD_INSTALLED_VARIANTS}")
if(NOT STEALYARD_ROOT)
  cmake_path(SET STEALYARD_ROOT NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
endif()
set_property(GLOBAL PROPERTY STEALYARD_ROOT "${STEALYARD_ROOT}")
foreach(variant IN LISTS STEALYARD_INSTALLED_VARIANTS)
  set_property(GLOBAL PROPERTY "STEALYARD_HEADER_${variant}" "${STEALYARD_ROOT}/variants/${variant}.hpp")
endforeach()

function(stealyard_variant kind name)
  if(NOT kind IN_LIST STEALYARD_KINDS)
    list(JOIN STEALYARD_KINDS ", " known)
    message(FATAL_ERROR "stealyard_variant(${kind} ${name}): unknown kind ${kind}; known: ${known}")
  endif()
  set(header "${CMAKE_CURRENT_SOURCE_DIR}/${kind}/${name}.hpp")
  if(NOT EXISTS "${header}")
    message(FATAL_ERROR "stealyard_variant(${kind} ${name}): there is no ${header}")
  endif()
  file(STRINGS "${header}" defines REGEX "(class|struct)[ \t]+${name}([ \t{:]|$)")
  if(NOT defines)
    message(FATAL_ERROR "stealyard_variant(${kind} ${name}): ${header} defines no type named ${name}")
  endif()
  get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
  if("${kind}/${name}" IN_LIST known)
    message(FATAL_ERROR "stealyard_variant(${kind} ${name}): registered twice")
  endif()
  set_property(GLOBAL APPEND PROPERTY STEALYARD_VARIANTS "${kind}/${name}")
  set_property(GLOBAL PROPERTY "STEALYARD_HEADER_${kind}/${name}" "${header}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
endfunction()

# An unlisted header is a configure error: a variant that nobody tests does not sit in the tree.
function(stealyard_refuse_unlisted folder)
  get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
  foreach(kind IN LISTS STEALYARD_KINDS)
    file(GLOB headers CONFIGURE_DEPENDS "${folder}/${kind}/*.hpp")
    foreach(header IN LISTS headers)
      cmake_path(GET header STEM name)
      if(NOT "${kind}/${name}" IN_LIST known)
        message(FATAL_ERROR "${kind}/${name}.hpp is not registered: add `stealyard_variant(${kind} ${name})` to ${folder}/CMakeLists.txt")
      endif()
    endforeach()
  endforeach()
endfunction()

function(stealyard_add_extra_variants folder)
  cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE folder)
  if(NOT EXISTS "${folder}/CMakeLists.txt")
    message(FATAL_ERROR "STEALYARD_EXTRA_VARIANTS names ${folder}, which holds no CMakeLists.txt")
  endif()
  string(MD5 id "${folder}")
  add_subdirectory("${folder}" "${CMAKE_BINARY_DIR}/extra/${id}")
  stealyard_refuse_unlisted("${folder}")
endfunction()

# Header fields, for variants.json: the text after `// Field:` up to the next field.
function(stealyard_header_field header field out)
  file(READ "${header}" whole LIMIT 8000)
  string(REPLACE ";" "," whole "${whole}")  # CMake's lists end at semicolons
  string(REPLACE "\n" ";" lines "${whole}")
  set(text "")
  set(inside FALSE)
  foreach(line IN LISTS lines)
    if(line MATCHES "^// ${field}: *(.*)$")
      set(text "${CMAKE_MATCH_1}")
      set(inside TRUE)
    elseif(inside AND line MATCHES "^//      +([^ ].*)$")
      string(APPEND text " ${CMAKE_MATCH_1}")
    else()
      set(inside FALSE)
    endif()
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

function(stealyard_json_escape text out)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

function(stealyard_variant_json kind name out)
  get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_${kind}/${name}")
  stealyard_header_field("${header}" "${name}" summary)
  stealyard_header_field("${header}" Source source)
  stealyard_header_field("${header}" Progress progress)
  file(READ "${header}" text)
  set(claims "")
  if(text MATCHES "_claims claims{([^;]*)};")
    string(REGEX MATCHALL "\\.[a-z_]+ = [a-z_:0-9']+" items "${CMAKE_MATCH_1}")
    foreach(item IN LISTS items)
      string(REGEX MATCH "^\\.([a-z_]+) = ([a-z_:0-9']+)$" whole "${item}")
      set(key "${CMAKE_MATCH_1}")
      string(REGEX REPLACE "^.*::" "" value "${CMAKE_MATCH_2}")
      list(APPEND claims "\"${key}\": \"${value}\"")
    endforeach()
  endif()
  list(JOIN claims ", " claims)
  foreach(field summary source progress)
    stealyard_json_escape("${${field}}" ${field})
  endforeach()
  set(${out} "    {\"kind\": \"${kind}\", \"name\": \"${name}\", \"summary\": \"${summary}\", \"claims\": {${claims}}, \"progress\": \"${progress}\", \"source\": \"${source}\"}" PARENT_SCOPE)
endfunction()

# generated/registry/static_run_queue.hpp: the run queue compiled in, wherever it is registered from.
function(stealyard_write_static_run_queue name)
  get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_run_queue/${name}")
  if(NOT header)
    get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
    list(FILTER known INCLUDE REGEX "^run_queue/")
    list(TRANSFORM known REPLACE "^run_queue/" "")
    list(JOIN known ", " known)
    message(FATAL_ERROR "STEALYARD_STATIC_RUN_QUEUE=${name}: no such run queue; known: ${known}")
  endif()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/registry/static_run_queue.hpp" CONTENT
"// Generated: the run queue compiled in by STEALYARD_STATIC_RUN_QUEUE.
#pragma once
#include \"${header}\"
namespace stealyard::sched {
template <class W, class T>
using static_run_queue = stealyard::run_queue::${name}<W, T>;
inline constexpr const char* static_run_queue_name = \"${name}\";
}  // namespace stealyard::sched
")
endfunction()

# FOLDER/<kind>s.hpp of each kind: includes those of VARIANTS (kind/name) and lists them for an X-macro. INCLUDE is how a header is named,
# with % for kind/name; empty: by its full path.
function(stealyard_write_kind_headers folder include variants)
  foreach(kind IN LISTS STEALYARD_KINDS)
    set(includes "")
    set(entries "")
    foreach(variant IN LISTS variants)
      if(variant MATCHES "^${kind}/(.*)$")
        string(APPEND entries " \\\n  X(${CMAKE_MATCH_1})")
        get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_${variant}")
        if(include)
          string(REPLACE "%" "${variant}" header "${include}")
        endif()
        string(APPEND includes "#include \"${header}\"\n")
      endif()
    endforeach()
    string(TOUPPER "${kind}" upper)
    file(CONFIGURE OUTPUT "${folder}/${kind}s.hpp" CONTENT
"// Generated from variants/CMakeLists.txt.
#pragma once
${includes}
#define STEALYARD_${upper}S(X)${entries}
")
  endforeach()
endfunction()

# generated/registry, and variants.json.
function(stealyard_write_registry)
  get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
  stealyard_write_kind_headers("${PROJECT_BINARY_DIR}/generated/registry" "" "${known}")
  set(rows "")
  set(separator "")
  foreach(kind IN LISTS STEALYARD_KINDS)
    foreach(variant IN LISTS known)
      if(variant MATCHES "^${kind}/(.*)$")
        stealyard_variant_json(${kind} ${CMAKE_MATCH_1} row)
        string(APPEND rows "${separator}${row}")
        set(separator ",\n")
      endif()
    endforeach()
  endforeach()
  if(STEALYARD_STATIC_RUN_QUEUE)
    stealyard_write_static_run_queue("${STEALYARD_STATIC_RUN_QUEUE}")
  endif()
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/variants.json" CONTENT "{\"variants\": [\n${rows}\n]}\n")
endfunction()

# stealyard_suite_sources(ROOT KINDS OUT): what the native suites of KINDS share whatever the variant, compiled once: main, the models, the
# sequences of calls. ROOT holds stress/. Links: stealyard_world, GTest::gtest, rapidcheck.
function(stealyard_suite_sources root kinds out)
  set(sources native_main.cpp conformance/register.cpp property/property.cpp)
  foreach(kind IN LISTS kinds)
    list(APPEND sources conformance/${kind}.cpp conformance/reference/${kind}.cpp property/${kind}.cpp)
  endforeach()
  list(TRANSFORM sources PREPEND "${root}/stress/")
  foreach(source IN LISTS sources)
    if(NOT EXISTS "${source}")  # not every kind has a native suite
      list(REMOVE_ITEM sources "${source}")
    endif()
  endforeach()
  set(${out} "${sources}" PARENT_SCOPE)
endfunction()

# stealyard_instrument(TARGET INSTRUMENT FOLDER): gives TARGET one generated unit for every variant whose kind has a
# suite FOLDER/INSTRUMENT/<kind>.hpp. The suite defines
#   namespace stealyard::INSTRUMENT::<kind>_suite { template <template <...> class V> void add(const char* name); }
# VARIANTS_OUT receives the kind/name list that got a unit. Parts that came installed are tested where they came from.
function(stealyard_instrument target instrument folder variants_out)
  get_property(known GLOBAL PROPERTY STEALYARD_VARIANTS)
  get_property(root GLOBAL PROPERTY STEALYARD_ROOT)
  list(REMOVE_ITEM known ${STEALYARD_INSTALLED_VARIANTS})
  set(covered "")
  foreach(variant IN LISTS known)
    string(REPLACE "/" ";" parts "${variant}")
    list(GET parts 0 kind)
    list(GET parts 1 name)
    if(NOT EXISTS "${root}/${folder}/${instrument}/${kind}.hpp")
      continue()
    endif()
    get_property(header GLOBAL PROPERTY "STEALYARD_HEADER_${variant}")
    set(unit "${PROJECT_BINARY_DIR}/generated/${instrument}/${kind}.${name}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT
"// Generated: ${instrument} of ${kind} ${name}.
#include \"${header}\"

#include \"${folder}/${instrument}/${kind}.hpp\"

namespace {
[[maybe_unused]] const bool added = (stealyard::${instrument}::${kind}_suite::add<stealyard::${kind}::${name}>(\"${name}\"), true);
}
")
    target_sources(${target} PRIVATE "${unit}")
    list(APPEND covered "${variant}")
  endforeach()
  set(${variants_out} "${covered}" PARENT_SCOPE)
endfunction()
