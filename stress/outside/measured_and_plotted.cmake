# The front door lists, measures and draws the parts of stress/outside/good beside the defaults, workloads and micro-benchmarks.
#   cmake -DSTEALYARD=scripts/stealyard -DBUILD=… -DWORK=<a folder of its own> -P measured_and_plotted.cmake
cmake_minimum_required(VERSION 3.25)
function(stealyard out)
  execute_process(COMMAND "${STEALYARD}" ${ARGN} OUTPUT_VARIABLE said ERROR_VARIABLE complaint RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "scripts/stealyard ${ARGN}: status ${status}: ${said}${complaint}")
  endif()
  set(${out} "${said}" PARENT_SCOPE)
endfunction()

function(names_both what text)
  foreach(name shared_head_ring two_lock_queue)
    if(NOT text MATCHES "${name}")
      message(FATAL_ERROR "${what} does not name ${name}")
    endif()
  endforeach()
endfunction()

file(REMOVE_RECURSE "${WORK}")
stealyard(listing list --build "${BUILD}" --kind run_queue,channel_buffer)
names_both("scripts/stealyard list" "${listing}")
stealyard(said bench --build "${BUILD}" --no_build --out "${WORK}" --subject stealyard --workers 1 --blocks 1 --samples 1 --min_time_ms 1
  --workload spawn_join,buffered,micro.run_queue.push_pop,micro.channel_buffer.push_pop
  --run_queue chase_lev,shared_head_ring --channel_buffer mutex_ring,two_lock_queue)
stealyard(said plot "${WORK}" --figure heatmap,micro --format svg)
foreach(figure heatmap micro)
  file(READ "${WORK}/plots/${figure}.svg" drawn)
  names_both("${figure}.svg" "${drawn}")
endforeach()
