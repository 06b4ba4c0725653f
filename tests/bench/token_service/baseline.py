"""The least that such a service does: read JSON, sign a token, answer. PORT KEY SECRET."""

import json
import sys

from aiohttp import web

from haos_voice_bridge.adapters.livekit.call_tokens import CallTokens

port, key, secret = int(sys.argv[1]), sys.argv[2], sys.argv[3]
tokens = CallTokens(key, secret)


async def answer(request):
    asked = json.loads(await request.read())
    jwt = tokens.mint(asked["room"], f"@u:hs:{asked['device_id']}", None)
    return web.Response(body=json.dumps({"url": "ws://x", "jwt": jwt}).encode())


async def health(_request):
    return web.Response()


app = web.Application()
app.router.add_post("/sfu/get", answer)
app.router.add_get("/healthz", health)
web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)
