"""A single sign-on server (CAS) that lets everybody in at once: the smallest that there is."""

from contextlib import asynccontextmanager

from aiohttp import web

ANSWER = """<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">
  <cas:authenticationSuccess><cas:user>{user}</cas:user></cas:authenticationSuccess>
</cas:serviceResponse>"""


@asynccontextmanager
async def sso_server(port, user):
    """Whoever comes is `user`."""

    async def login(request):
        service = request.query["service"]
        joint = "&" if "?" in service else "?"
        raise web.HTTPFound(f"{service}{joint}ticket=ST-1")

    async def validate(_):
        return web.Response(text=ANSWER.format(user=user), content_type="application/xml")

    app = web.Application()
    app.router.add_get("/login", login)
    app.router.add_get("/proxyValidate", validate)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()
