"""What concerns every test."""

import os
import sys
import threading

from hypothesis import settings

# No test fails for being slow: what is slow depends on the machine and on what else it does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_unconfigure(config):
    """End, even if a failed test left a database open: aiosqlite's thread would wait for ever."""
    left = [t.name for t in threading.enumerate() if "_connection_worker_thread" in t.name]
    if left:
        sys.stdout.write(f"left open: {left}\n")
        sys.stdout.flush()
        os._exit(getattr(config, "own_exit_status", 1))


def pytest_sessionfinish(session, exitstatus):
    session.config.own_exit_status = int(exitstatus)
