"""Pictures from the homeserver: only pictures, only small ones, and no way to elsewhere."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from haos_voice_bridge.adapters.matrix.pictures import LARGEST, MatrixPictures, sniffed
from haos_voice_bridge.errors import Unavailable

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
async def media():
    """A homeserver: `answers[media ID] = (status, headers, body)`; `asked` has the requests."""
    app, answers, asked = web.Application(), {}, []

    async def thumbnail(request):
        asked.append(request)
        status, headers, body = answers[request.match_info["media_id"]]
        return web.Response(status=status, headers=headers, body=body)

    path = "/base/_matrix/client/v1/media/thumbnail/{server}/{media_id}"
    app.router.add_get(path, thumbnail)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        pictures = MatrixPictures(http, str(server.make_url("/base")), "as-token", "@voice:hs")
        pictures.answers, pictures.asked = answers, asked
        yield pictures


async def test_a_picture_is_asked_for_small_with_the_bots_token(media):
    media.answers["abc"] = (200, {"Content-Type": "text/html"}, PNG)
    picture = await media.thumbnail("mxc://far.example:8448/abc")
    assert picture.content == PNG
    assert picture.content_type == "image/png", "whatever the server said"
    (request,) = media.asked
    assert request.match_info["server"] == "far.example:8448"
    assert request.headers["Authorization"] == "Bearer as-token"
    assert request.query["width"] == "128"
    assert request.query["user_id"] == "@voice:hs"


@pytest.mark.parametrize(
    "mxc",
    [
        "",
        "https://hs/abc",
        "mxc://hs",
        "mxc://hs/",
        "mxc://hs/../../x",
        "mxc://hs/a/b",
        "mxc://h?/a",
    ],
)
async def test_what_is_no_address_of_media_is_not_asked_for(media, mxc):
    assert await media.thumbnail(mxc) is None
    assert media.asked == []


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (404, {}, b"{}"),
        (302, {"Location": "http://127.0.0.1:1/"}, b""),
        (200, {"Content-Type": "image/svg+xml"}, b"<svg onload='alert(1)'/>"),
        (200, {"Content-Type": "image/png"}, b"<html>"),
        (200, {"Content-Type": "image/png"}, PNG + b"0" * LARGEST),
    ],
)
async def test_what_is_no_small_picture_is_none(media, status, headers, body):
    media.answers["abc"] = (status, headers, body)
    assert await media.thumbnail("mxc://hs/abc") is None


async def test_a_busy_homeserver_is_asked_again_later(media):
    media.answers["abc"] = (429, {}, b"{}")
    with pytest.raises(Unavailable):
        await media.thumbnail("mxc://hs/abc")


def test_types_are_told_by_the_content():
    assert sniffed(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert sniffed(b"GIF89a") == "image/gif"
    assert sniffed(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert sniffed(b"RIFF\0\0\0\0WAVEfmt ") == ""
    assert sniffed(b"") == ""
