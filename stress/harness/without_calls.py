#!/usr/bin/env python3
"""Runs a command in a process whose kernel refuses some system calls, as a container's seccomp filter or an older kernel does:

    without_calls.py NAME[,NAME…] COMMAND …       NAME: membarrier, perf_event_open, light_guards, numa

The calls answer EPERM, light guards (madvise with MADV_GUARD_INSTALL) EINVAL. Status 77 where no filter can be installed.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {"x86_64": {"membarrier": [324], "perf_event_open": [298], "madvise": [28], "numa": [237, 238, 239, 256, 279]},
           "aarch64": {"membarrier": [283], "perf_event_open": [241], "madvise": [233], "numa": [235, 236, 237, 238, 239]}}
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NUMBER, ADVICE = 0, 16 + 2 * 8  # offsets in struct seccomp_data: the call, the low half of its third argument
GUARD_INSTALL = 102
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


def program(names: list[str]) -> bytes:
    numbers = NUMBERS[platform.machine()]
    steps = [(LOAD, 0, 0, NUMBER)]
    for name in names:
        if name == "light_guards":
            steps += [(JUMP_EQUAL, 0, 3, numbers["madvise"][0]), (LOAD, 0, 0, ADVICE), (JUMP_EQUAL, 0, 1, GUARD_INSTALL),
                      (RETURN, 0, 0, ERRNO | errno.EINVAL), (LOAD, 0, 0, NUMBER)]
        else:
            for number in numbers[name]:
                steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ERRNO | errno.EPERM)]
    return b"".join(struct.pack("HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])


class filter_program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def main() -> None:
    names = sys.argv[1].split(",")
    text = program(names)
    steps = ctypes.create_string_buffer(text, len(text))
    wanted = filter_program(len(text) // 8, ctypes.addressof(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(wanted), 0, 0):
        print(f"skipped: no seccomp filter can be installed here ({os.strerror(ctypes.get_errno())})")
        sys.exit(77)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
