"""Servers of strangers may say anything: then it is of no use, and no error of ours."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.names import is_host
from haos_voice_bridge.adapters.federation.web import Answer, Web
from haos_voice_bridge.errors import EffectError, Rejected

PARTS = (
    *("https", "http", "://", "//", "/", ":", "[", "]", "::1", "127.0.0.1", "0x7f.1", "%", "%00"),
    *(
        "@",
        "?",
        "#",
        "\\",
        "..",
        ".",
        "é",
        "\u2024",
        "٣",
        "xn--",
        "\ud800",
        "\0",
        "\n",
        " ",
        "99999",
    ),
    *("-1", "a.test", "a" * 64, "b" * 250, "_x", "*", "\\000"),
)
texts = st.lists(st.sampled_from(PARTS), max_size=6).map("".join)
urls = st.tuples(st.sampled_from(["", "https://", "https://a.test"]), texts).map("".join)


def says(status, content, headers=None):
    """A web in which everybody says this."""
    answer = Answer(status, json.dumps(content).encode(), headers or {})

    async def get(*_args):
        return answer

    return SimpleNamespace(get=get, get_following=get)


@given(urls)
@pytest.mark.parametrize("location", ["https://xn--", "https://\u2024é/", "https://[", ""])
def test_any_redirect_is_followed_or_refused(location, said):
    for one in (location, said):
        with pytest.raises(Rejected):
            asyncio.run(Web.get_following(says(302, {}, {"Location": one}), URL("https://hs.test")))


@given(texts, texts, st.lists(texts, max_size=3))
def test_any_server_is_found_somewhere_or_is_none(name, delegate, targets):
    async def srv(_name):
        return [(target, 443) for target in targets]

    for web in (says(200, {"m.server": delegate}), says(404, {})):
        try:
            destinations = asyncio.run(Discovery(web, srv).find(name))
        except EffectError:
            continue
        assert destinations
        for one in destinations:
            assert one.base.scheme == "https"
            assert is_host(one.base.raw_host)


@given(urls)
@example("https://xn--")
def test_any_base_is_used_or_refused(base):
    apis = ClientApis(says(200, {"m.homeserver": {"base_url": base}}), None, {})
    try:
        url, _ = asyncio.run(apis.of("hs.test"))
    except EffectError:
        return
    assert url.scheme in {"https", "http"}
    assert url.raw_host


@pytest.mark.parametrize("target", ["\\000.test", "a b.test", "a:443", "[::1]", "127.1", "", "."])
async def test_targets_that_dns_allows_and_nobody_else_are_passed_over(target):
    async def srv(name):
        return [(target, 1), ("good.test", 2)] if name.startswith("_matrix-fed") else []

    (one,) = await Discovery(says(404, {}), srv).find("hs.test")
    assert str(one.base) == "https://good.test:2"
