#!/bin/sh
# Makes the machines of this folder again, with Debian's hwloc 2.9: sh generate.sh
# Committed because a synthetic string cannot say what they say: reported distances, odd shapes, missing or forbidden CPUs.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_FSROOT HWLOC_THISSYSTEM

make() { # input output [lstopo options]
  input=$1 output=$2
  shift 2
  lstopo-no-graphics --force --input "$input" --of xml "$@" "$output"
}

matrix() { # input output kind, values on standard input (kind: 5 latency by the OS, 10 bandwidth by a user)
  tr -s ' ' '\n' | grep . > "$work/values"
  total=$(wc -l < "$work/values")
  nodes=0
  while [ $((nodes * nodes)) -lt "$total" ]; do nodes=$((nodes + 1)); done
  { echo "name=generated"; echo "$3"; echo "$nodes"; n=0; while [ $n -lt $nodes ]; do echo "numa:$n"; n=$((n + 1)); done; cat "$work/values"; } > "$work/matrix"
  hwloc-annotate "$1" "$2" -- root -- distances "$work/matrix"
}

# Two packages with SMT; the firmware reports 21 one way and 22 the other.
make "pack:2 numa:1 l3:1(size=33554432) l2:2(size=1048576) core:1 pu:2" "$work/two.xml"
printf '10 21\n22 10\n' | matrix "$work/two.xml" two_packages_reported.xml 5

# Eight nodes on a ring: 10, 16 for a neighbour, 22, 28, 34.
make "pack:4 numa:2 l3:1 core:1 pu:1" "$work/eight.xml"
n=0
while [ $n -lt 64 ]; do
  d=$(( n / 8 - n % 8 )); [ $d -lt 0 ] && d=$((-d)); [ $d -gt 4 ] && d=$((8 - d))
  if [ $d -eq 0 ]; then echo 10; else echo $((10 + 6 * d)); fi
  n=$((n + 1))
done | matrix "$work/eight.xml" eight_nodes_ring.xml 5

# Package 0 with 4 cores of 2 PUs, package 1 with 1 core of 2 and 1 of 1: CPUs 11 to 15 are missing.
make "pack:2 numa:1 l3:1 l2:4 core:1 pu:2" asymmetric.xml --restrict 0x7ff

# Node 1 has memory only; the one matrix is of bandwidth, which is no distance.
make "numa:2 l3:1 core:2 pu:1" "$work/memory.xml" --restrict 0x3
printf '100 20\n20 100\n' | matrix "$work/memory.xml" memory_only_node.xml 10

# Eight PUs, of which this process may use 2, 3, 6 and 7.
make "pack:2 numa:1 core:2 pu:2" partly_allowed.xml --disallowed --allow 0xcc

# One node, two cores with SMT and an L2 each, and two clusters of four single cores that share one.
make "pack:1 numa:1 l3:1(size=16777216) l2:4(size=2097152) core:4 pu:2" hybrid_cores.xml --restrict 0x55550303

# Three nodes of 4, 3 and 1 PUs: the last is far from the first.
make "pack:3 numa:1 l3:1 core:4 pu:1" "$work/three.xml" --restrict 0x17f
printf '10 12 40\n12 10 20\n40 20 10\n' | matrix "$work/three.xml" three_nodes_uneven.xml 5
