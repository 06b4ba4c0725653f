"""`GET /`: where the card's link leads. It says how to join; the web client will take its place."""

from html import escape
from string import Template

from aiohttp import web

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$name</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif }
body { max-width: 38rem; margin: 10vh auto; padding: 0 1.25rem }
code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .1em .35em;
       border-radius: .3em; overflow-wrap: anywhere }
</style></head><body><main>
<h1>Voice for Matrix rooms</h1>
<p>The bot here is <code>$bot</code>. Invite it into a room and type
<code>$prefix enable</code>.</p>
<p>To join a room's call, use a client that speaks the bridge's protocol, such as the one in
<code>examples/join_call.py</code>. Who is in the call and its history are in the room itself.</p>
</main></body></html>
""")


class FrontPage:
    """One static page, with headers that let it load nothing."""

    def __init__(self, bot_user_id: str, prefix: str) -> None:
        self._html = _PAGE.substitute(
            name="haos-voice-bridge", bot=escape(bot_user_id), prefix=escape(prefix)
        )

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add `GET /`."""
        router.add_get("/", self._page)

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(
            text=self._html,
            content_type="text/html",
            headers={
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
                "frame-ancestors 'none'; base-uri 'none'",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
            },
        )
