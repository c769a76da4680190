#!/bin/sh
# A subject that measures nothing, quickly: each workload behaves, or misbehaves, as its name says. A shell that starts no other
# program: the harness's tests start it about a thousand times, and Python would take most of their time to start.

if [ "$*" = --list ]; then
  workloads=
  for name in steady slow wrong_answer crash silent garbage newer liar not_applicable hang other_parts; do
    case $name in
      steady) more='"quick":true,' ;;
      slow) more='"uses":["parker"],' ;;
      *) more= ;;
    esac
    workloads="$workloads{\"name\":\"$name\",\"group\":\"workload\",\"unit\":\"ns/op\",\"default_size\":100,\"needs\":[],\"kind\":null,\"latency\":false,$more\"about\":\"fake\"},"
  done
  printf '%s\n' "{\"subject\":\"fake\",\"version\":\"7\",\"workloads\":[$workloads
    {\"name\":\"push_pop\",\"group\":\"micro\",\"unit\":\"ns/op\",\"default_size\":10,\"needs\":[],\"kind\":\"run_queue\",\"latency\":false,\"about\":\"fake\"}],
    \"parts\":{\"run_queue\":[\"good_queue\",\"other_queue\"],\"parker\":[\"good_parker\",\"other_parker\"]},
    \"defaults\":{\"run_queue\":\"good_queue\",\"parker\":\"good_parker\"}}"
  exit 0
fi

workload='' variant='' run_queue=good_queue parker=good_parker size=0 workers=0 seed=0 samples=0
while [ $# -ge 2 ]; do
  case $1 in
    --workload) workload=$2 ;;
    --variant) variant=$2 ;;
    --run_queue) run_queue=$2 ;;
    --parker) parker=$2 ;;
    --size) size=$2 ;;
    --workers) workers=$2 ;;
    --seed) seed=$2 ;;
    --samples) samples=$2 ;;
  esac
  shift 2
done

schema=stealyard.measurement/1 ok=true got=1 status=0
case $workload in
  slow) sleep 0.02 ;;
  hang) kill -STOP $$ ;;  # a child that sleeps would outlive a killed harness
  crash) kill -ABRT $$ ;;
  silent) exit 0 ;;
  not_applicable) echo 'fake: these parts do not fit' >&2; exit 3 ;;
  garbage) echo '{"schema":'; exit 0 ;;
  newer) schema=stealyard.measurement/2 ;;
  other_parts) parker=neither ;;
  wrong_answer) ok=false got=2 status=1 ;;
  liar) status=1 ;;
esac

if [ "$workload" = push_pop ]; then
  group=micro parts="{\"run_queue\":\"$variant\"}"
else
  group=workload parts="{\"run_queue\":\"$run_queue\",\"parker\":\"$parker\"}"
fi
values='' number=0
while [ $number -lt "$samples" ]; do
  values="$values${values:+,}$((10 + number)).0" number=$((number + 1))
done
printf '%s\n' "{\"schema\":\"$schema\",\"subject\":\"fake\",\"version\":\"7\",\"workload\":\"$workload\",\"group\":\"$group\",\"size\":$size,
  \"workers\":$workers,\"parts\":$parts,\"seed\":$seed,\"unit\":\"ns/op\",\"operations\":100,\"samples\":[$values],\"latency_ns\":null,
  \"cpu_seconds\":0.0,\"answer\":{\"checked\":true,\"ok\":$ok,\"expected\":\"1\",\"got\":\"$got\"},\"build\":{}}"
exit $status
