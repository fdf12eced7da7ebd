"""Runs a program behind the filter of system calls that a systemd unit asks for:
unit-filter.py UNIT PROGRAM ARGUMENT..."""
import ctypes
import errno
import os
import subprocess
import sys

ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def members(name, seen):
    """The calls of a set, and of the sets in it."""
    if not name.startswith("@"):
        return {name}
    if name in seen:
        return set()
    seen.add(name)
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, text=True, capture_output=True).stdout
    lines = [line.strip() for line in text.splitlines()[1:]]
    return set().union(*(members(line, seen) for line in lines if line and not line.startswith("#")))


allowed = members("@default", set())
for line in open(sys.argv[1]):
    if line.startswith("SystemCallFilter="):
        names = line.split("=", 1)[1].strip()
        wanted = set().union(*(members(name, set()) for name in names.lstrip("~").split()))
        allowed = allowed - wanted if names.startswith("~") else allowed | wanted

seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(REFUSE | errno.EPERM))
for name in allowed:
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        seccomp.seccomp_rule_add(context, ALLOW, number, 0)
if seccomp.seccomp_load(context) != 0:
    sys.exit("the filter is refused")
os.execv(sys.argv[2], sys.argv[2:])
