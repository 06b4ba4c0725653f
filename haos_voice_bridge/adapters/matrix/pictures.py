"""Pictures of people, small, from the homeserver's media repository."""

import re

import aiohttp
from yarl import URL

from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Picture

SIDE_PX = 128
LARGEST = 256 * 1024
"""Bytes: a thumbnail of that side has a tenth of it."""
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_MXC = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})", re.ASCII)
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


class MatrixPictures:
    """Asks as the bot, whose token never goes elsewhere: redirects are not followed."""

    def __init__(
        self, session: aiohttp.ClientSession, address: str, as_token: str, user_id: str
    ) -> None:
        self._session = session
        self._base = URL(address) / "_matrix/client/v1/media/thumbnail"
        self._headers = {"Authorization": f"Bearer {as_token}"}
        self._user_id = user_id

    async def thumbnail(self, mxc: str) -> Picture | None:
        """What the address stands for, cut to a square; None: nothing that a page may show.

        Raises:
            Unavailable: The homeserver does not answer.
        """
        match = _MXC.fullmatch(mxc)
        if match is None:
            return None
        query = {
            "width": str(SIDE_PX),
            "height": str(SIDE_PX),
            "method": "crop",
            "animated": "false",
            "user_id": self._user_id,
        }
        try:
            async with self._session.get(
                self._base / match[1] / match[2],
                params=query,
                headers=self._headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as answer:
                if answer.status in (429, 502, 503, 504):
                    raise Unavailable(f"the homeserver gives out no pictures: {answer.status}")
                if answer.status != 200:
                    return None
                content = await _read(answer.content)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the homeserver gives out no pictures: {error!r}") from error
        content_type = sniffed(content)
        return Picture(content_type, content) if content_type else None


async def _read(stream: aiohttp.StreamReader) -> bytes:
    """All of it; nothing where it is larger than a small picture can be."""
    content = bytearray()
    async for part in stream.iter_any():
        content += part
        if len(content) > LARGEST:
            return b""
    return bytes(content)


def sniffed(content: bytes) -> str:
    """The type by its first bytes, whatever the uploader said; empty: no picture for a page.

    Not SVG: that can hold scripts.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((name for start, name in _BEGINNINGS if content.startswith(start)), "")
