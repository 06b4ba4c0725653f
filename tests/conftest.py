"""What concerns every test."""

import os
import sys
import threading


def pytest_unconfigure(config):
    """End, even if a failed test left a database open: aiosqlite's thread would wait for ever."""
    left = [t.name for t in threading.enumerate() if "_connection_worker_thread" in t.name]
    if left:
        sys.stdout.write(f"left open: {left}\n")
        sys.stdout.flush()
        os._exit(getattr(config, "own_exit_status", 1))


def pytest_sessionfinish(session, exitstatus):
    session.config.own_exit_status = int(exitstatus)
