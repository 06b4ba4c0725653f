"""Logging, set up once. Below INFO only our own modules speak: libraries write secrets there."""

import logging
import re
import sys
from typing import Protocol


class Wishes(Protocol):
    """A level (debug, info, warning, error) and a format (text, json)."""

    @property
    def level(self) -> str:
        """How much to log."""

    @property
    def format(self) -> str:
        """As what."""


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OURS = "haos_voice_bridge"


def configure(config: Wishes) -> None:
    """Send logs to stderr at the configured level."""
    level = logging.getLevelNamesMapping()[config.level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(config))
    handler.addFilter(_keeps_secrets)
    # mautrix writes bodies, tokens and keys at DEBUG, aiosqlite the values of a query.
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    logging.getLogger("mau").setLevel(max(level, logging.INFO))
    # It warns of every device that its owner has not signed, each time it is looked at.
    logging.getLogger("mau.crypto").setLevel(max(level, logging.ERROR))
    logging.getLogger(_OURS).setLevel(level)
    # A line a request, with its query: /health would fill the log.
    logging.getLogger("aiohttp.access").setLevel(max(level, logging.WARNING))


def _keeps_secrets(record: logging.LogRecord) -> bool:
    """Holds even if a library sets the level of one of its loggers itself."""
    return record.levelno >= logging.INFO or record.name.split(".")[0] == _OURS


def _formatter(config: Wishes) -> logging.Formatter:
    if config.format == "json":
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - most want text

        return JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    return _OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s")


class _OneLine(logging.Formatter):
    """A record is one line, its traceback apart: what others send to us writes none of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], super().formatMessage(record))
