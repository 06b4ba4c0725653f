"""Processes of a run that was killed before it could stop them."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from haos_voice_bridge.config import files
from haos_voice_bridge.devstack import process

_GONE_WITHIN_S = 5
_POLL_S = 0.05


def record(path: Path, pids: Mapping[str, int | None]) -> None:
    """Write down what runs."""
    files.replace(path, json.dumps(pids) + "\n")


def end(path: Path, data: Path) -> list[int]:
    """End what an earlier run recorded, if it still runs for this data folder; their pids.

    A pid alone proves nothing: it may be somebody else's by now. All parts name a file below the
    data folder on their command line.
    """
    ended = [pid for pid in _recorded(path) if _works_for(data, pid)]
    for pid in ended:
        process.kill_group(pid)
    deadline = time.monotonic() + _GONE_WITHIN_S
    while any(_works_for(data, pid) for pid in ended) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return ended


def _recorded(path: Path) -> list[int]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    pids = content.values() if isinstance(content, dict) else ()
    return [pid for pid in pids if isinstance(pid, int)]


def _works_for(data: Path, pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(f"{data}{os.sep}") in words
