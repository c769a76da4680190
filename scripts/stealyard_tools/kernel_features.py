"""What the kernel lets this process do, found by doing it: a container's filter answers differently from the kernel's version."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct

_CALLS = {"x86_64": {"perf_event_open": 298, "membarrier": 324}, "aarch64": {"perf_event_open": 241, "membarrier": 283}}
_MEMBARRIER_QUERY, _MEMBARRIER_PRIVATE_EXPEDITED = 0, 1 << 3
_MADV_GUARD_INSTALL = 102
_PERF_TYPE_HARDWARE, _CPU_CYCLES = 0, 0
_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> int:
    """The result, or minus the error number."""
    numbers = _CALLS.get(platform.machine())
    if numbers is None:
        return -errno.ENOSYS
    ctypes.set_errno(0)
    result = _libc.syscall(ctypes.c_long(numbers[name]), *arguments)
    return result if result >= 0 else -ctypes.get_errno()


def barrier_state() -> tuple[str, str]:
    known = _call("membarrier", ctypes.c_int(_MEMBARRIER_QUERY), ctypes.c_uint(0), ctypes.c_int(0))
    if known < 0:
        return "absent", f"not allowed ({errno.errorcode.get(-known, -known)})"
    return ("works", "") if known & _MEMBARRIER_PRIVATE_EXPEDITED else ("absent", "this kernel has no private expedited barrier")


def guard_state() -> tuple[str, str]:
    with mmap.mmap(-1, 2 * mmap.PAGESIZE) as memory:
        try:
            memory.madvise(_MADV_GUARD_INSTALL, 0, mmap.PAGESIZE)
        except OSError as error:
            return "absent", f"no light ones ({errno.errorcode.get(error.errno or 0, error.errno)})"
    return "works", ""


def perf_state() -> tuple[str, str]:
    """Opens a counter of cycles of this process: the version 0 form of the attributes (64 bytes), user space only."""
    exclude_kernel, exclude_hypervisor = 1 << 5, 1 << 6
    attributes = struct.pack("=IIQQQQQ", _PERF_TYPE_HARDWARE, 64, _CPU_CYCLES, 0, 0, 0, exclude_kernel | exclude_hypervisor).ljust(64, b"\0")
    descriptor = _call("perf_event_open", attributes, ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(-1), ctypes.c_ulong(0))
    if descriptor >= 0:
        os.close(descriptor)
        return "counts", ""
    name = errno.errorcode.get(-descriptor, str(-descriptor))
    return ("refused", name) if -descriptor in (errno.EACCES, errno.EPERM) else ("absent", name)
