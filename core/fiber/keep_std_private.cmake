# For a library that is compiled without TSan in a tsan-go build: what it has of the standard library's functions becomes its own.
# Else the linker would take its copy of std::shared_ptr's, say, for users' too, and the edges of their atomics would not be seen; or a
# user's copy for it, and what the runtime does would be reported.
#   cmake -DARCHIVE=… -DLD=… -DNM=… -DOBJCOPY=… -DAR=… -P keep_std_private.cmake
cmake_minimum_required(VERSION 3.25)
set(whole "${ARCHIVE}.o")
set(names "${ARCHIVE}.std.txt")
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE said)
  set(said "${said}" PARENT_SCOPE)
endfunction()
# One object, in which a function is no longer one of several that are the same.
run(${LD} -r --force-group-allocation --whole-archive ${ARCHIVE} -o ${whole})
run(${NM} ${whole})
string(REGEX MATCHALL " W (_ZNK?St|_ZSt|_ZNK?9__gnu_cxx)[^\n]*" functions "${said}")
list(TRANSFORM functions REPLACE "^ W " "")
list(JOIN functions "\n" functions)
file(WRITE ${names} "${functions}\n")
# What there must be one of in a program, a function's static variable say, gives way to a user's.
string(REGEX MATCHALL " u [^\n]*" variables "${said}")
list(TRANSFORM variables REPLACE "^ u " "")
list(JOIN variables "\n" variables)
file(WRITE ${names}.shared "${variables}\n")
run(${OBJCOPY} --localize-symbols=${names} --weaken-symbols=${names}.shared ${whole})
file(REMOVE ${ARCHIVE})
run(${AR} crs ${ARCHIVE} ${whole})
file(REMOVE ${whole})
