"""Where what takes minutes to install is kept between runs and between data folders."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from haos_voice_bridge.devstack.progress import Progress

VARIABLE = "HAOS_VOICE_CACHE"


def folder() -> Path:
    """`$HAOS_VOICE_CACHE`, else a folder in the user's cache."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "haos-voice-bridge").absolute()


@contextmanager
def locked(cache: Path, progress: Progress) -> Iterator[None]:
    """Let one run at a time install things."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.step("another run is installing: waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
