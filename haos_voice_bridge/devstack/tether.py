"""Run a command that dies with the process that asked for it, even if that one is killed (Linux).

    python -I -S tether.py <pid of the parent> <path of the command> <arguments> …

A program of its own, because the same as `preexec_fn` would run Python between fork and exec, where
a lock of another thread may be held for ever. It is replaced by the command, which keeps its pid.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h

if __name__ == "__main__":
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("the parent died first")
    os.execv(command[0], command)  # noqa: S606 - there is no shell on purpose
