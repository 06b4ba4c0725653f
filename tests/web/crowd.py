"""People in a call without a browser each: the API and LiveKit's own SDK."""

from urllib.parse import urlsplit

import aiohttp

from tests.e2e.voice import Voice

API = "/_haos/voice/v1"
NAMES = ("Ben", "Cleo", "Dilan", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kaya", "Lior")


async def arrives(link):
    """Somebody in the call, by a link of the bot: with a microphone that is silent."""
    parts = urlsplit(link)
    base = f"{parts.scheme}://{parts.netloc}{API}"
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        code = parts.fragment.rpartition("/")[2]
        async with http.post(f"{base}/session", json={"code": code}) as answer:
            session = await answer.json()
        path = f"{base}/rooms/{session['room_id'].replace('!', '%21')}/token"
        bearer = {"Authorization": f"Bearer {session['session']}"}
        async with http.post(path, json={}, headers=bearer) as answer:
            admission = await answer.json()
    voice = Voice()
    await voice.connect(admission)
    return voice
