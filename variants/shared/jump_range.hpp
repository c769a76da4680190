// jump_range: where a jump from stack to stack begins and ends, for who interrupts a thread: between the two no description of the caller's
// frame holds, and a walk may leave a fresh stack over its top (core/sched/threads.cpp). In the text of the jump's asm statement.
// Source:     ours.
// Progress:   no instruction.
// Deviates:   nothing to deviate from.
// Invariants: none.
// Orders
//   none: no atomic operation
#pragma once

#define STEALYARD_JUMP_BEGINS \
  ".pushsection stealyard_jumps,\"a?\",@progbits\n\t.balign 4\n\t.long 7781f - .\n\t.long 7782f - .\n\t.popsection\n7781:\n\t"
#define STEALYARD_JUMP_ENDS "\n7782:"
