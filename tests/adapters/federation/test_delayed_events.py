"""Delayed events of other homeservers: whatever they answer, the job knows how it stands."""

import json
import time
from email.utils import formatdate

import pytest
from aiohttp import web as server

from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.delayed_events import (
    LONGEST_WAIT_S,
    PATH,
    HomeserverDelayedEvents,
)
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.token_service.refused import NoSuchEvent


@pytest.fixture
def events(fetch, site):
    apis = ClientApis(fetch, fetch, {"hs.test": f"https://127.0.0.1:{site.port}"})
    return HomeserverDelayedEvents(apis)


def answers(site, status, body=b"{}", headers=None):
    async def answer(_request):
        return server.Response(status=status, body=body, headers=headers)

    site.answers[f"{PATH}/syd_1/restart"] = answer


async def test_done_and_gone(events, site):
    for status in (200, 204):
        answers(site, status)
        await events.restart("hs.test", "syd_1")
    answers(site, 404, b'{"errcode": "M_NOT_FOUND"}')
    with pytest.raises(NoSuchEvent):
        await events.restart("hs.test", "syd_1")


@pytest.mark.parametrize("status", [302, 400, 401, 403, 500, 502])
async def test_anything_else_may_work_later(events, site, status):
    answers(site, status)
    with pytest.raises(Unavailable) as caught:
        await events.restart("hs.test", "syd_1")
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("header", "body", "wait_s"),
    [
        ("3", {}, 3),
        (formatdate(time.time() + 9_000, usegmt=True), {}, LONGEST_WAIT_S),
        (formatdate(time.time() - 100, usegmt=True), {}, 0),
        ("", {"retry_after_ms": 1500}, 1.5),
        ("soon", {"retry_after_ms": 1500}, 1.5),
        ("9" * 400, {}, LONGEST_WAIT_S),
        ("", {"retry_after_ms": 10**400}, None),
        ("Mon, 01 Jan 0001 00:00:00 -0000", {}, 0),
        ("Fri, 31 Dec 9999 23:59:59 -0000", {}, LONGEST_WAIT_S),
        ("", {"retry_after_ms": float("inf")}, LONGEST_WAIT_S),
        ("", {"retry_after_ms": float("nan")}, None),
        ("", {"retry_after_ms": "5"}, None),
        ("", {"retry_after_ms": -5}, None),
        ("", [], None),
    ],
)
async def test_a_limit_of_the_rate_is_waited_for_and_not_for_ever(
    events, site, header, body, wait_s
):
    headers = {"Retry-After": header} if header else None
    answers(site, 429, json.dumps(body).encode(), headers)
    with pytest.raises(Unavailable) as caught:
        await events.restart("hs.test", "syd_1")
    assert caught.value.retry_after_s == wait_s
