"""What is logged, and what never is."""

import json
import logging

import pytest

from haos_voice_bridge import log_setup
from haos_voice_bridge.config.model import LoggingConfig

NAMES = ["", "mau", "mau.http", "aiohttp.access", "haos_voice_bridge"]


@pytest.fixture(autouse=True)
def _logging_as_before():
    loggers = [logging.getLogger(name) for name in NAMES]
    levels = [logger.level for logger in loggers]
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    yield
    root.handlers = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_our_own_modules_log_at_the_configured_level(level, capsys):
    log_setup.configure(LoggingConfig(level=level))
    log = logging.getLogger("haos_voice_bridge.some.module")
    for name in ("debug", "info", "warning", "error"):
        log.log(logging.getLevelNamesMapping()[name.upper()], "say %s", name)
    said = [line.rsplit(" ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    order = ["debug", "info", "warning", "error"]
    assert said == order[order.index(level) :]


@pytest.mark.parametrize("level", ["debug", "info"])
@pytest.mark.parametrize("name", ["mau", "mau.http", "mau.as.api.bot", "aiosqlite", "other"])
def test_libraries_never_log_below_info(name, level, capsys):
    log_setup.configure(LoggingConfig(level=level))
    log = logging.getLogger(name)
    log.debug("req #1: PUT /send {token}")
    log.log(5, "keys")
    log.info("connected")
    err = capsys.readouterr().err
    assert "token" not in err
    assert "keys" not in err
    assert "connected" in err


def test_a_library_that_sets_its_own_level_still_says_nothing_below_info(capsys):
    log_setup.configure(LoggingConfig(level="debug"))
    logging.getLogger("mau.http").setLevel(1)
    logging.getLogger("mau.http").debug("token")
    assert capsys.readouterr().err == ""


def test_requests_are_not_logged(capsys):
    log_setup.configure(LoggingConfig(level="debug"))
    logging.getLogger("aiohttp.access").info("GET /health")
    assert capsys.readouterr().err == ""


def test_json_is_one_object_a_line(capsys):
    log_setup.configure(LoggingConfig(format="json"))
    logging.getLogger("haos_voice_bridge.x").warning(
        "room %s\nfull", "!a:b", extra={"room": "!a:b"}
    )
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp").startswith("20")
    assert line == {
        "level": "WARNING",
        "logger": "haos_voice_bridge.x",
        "message": "room !a:b\nfull",
        "room": "!a:b",
    }


def test_setting_up_twice_logs_once(capsys):
    log_setup.configure(LoggingConfig())
    log_setup.configure(LoggingConfig())
    logging.getLogger("haos_voice_bridge").info("once")
    assert capsys.readouterr().err.count("once") == 1


@pytest.mark.parametrize("how", ["text", "json"])
def test_a_record_is_one_line_whatever_is_in_it(how, capsys):
    log_setup.configure(LoggingConfig(level="info", format=how))
    log = logging.getLogger("haos_voice_bridge.x")
    log.warning(
        "%s failed", "/a\n2026-01-01 00:00:00 ERROR root: all is lost\r\x1b[2J\x85\u2028\ud800"
    )
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert not set("\r\x1b\x85\u2028\ud800") & set(said)
    assert "all is lost" in said
    try:
        int("no")
    except ValueError:
        log.exception("failed")
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert (said.count("\n") > 2) == (how == "text")
