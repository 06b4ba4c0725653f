"""What `up` prints when all is ready: what to open and what to type."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from haos_voice_bridge.devstack.info import Info
from haos_voice_bridge.devstack.world import ROOM_NAME

_EXAMPLE = Path("examples", "join_call.py")


def lines(info: Info, info_file: Path, project: Path, links: Mapping[str, str]) -> Iterator[str]:
    """The text, line by line.

    Args:
        info: The running stack.
        links: One-time links into the room's call, by who they are for.
        info_file: Where `info` was written, for programs.
        project: The source tree, where the example may be.
    """
    if links:
        yield f"Open the call of {ROOM_NAME!r}: each link works once, for ten minutes"
        for name, link in links.items():
            yield f"  {name:<8}{link}"
        yield "  later, type !voice join in the room for another"
        yield "Or log in, to see all channels"
        yield f"  {info.web_url}"
    else:
        yield "The web client is not built, for want of Node 20.19 or newer: make web"
        yield f"  {info.web_url}   what the bridge says of itself"
    for user in info.users.values():
        yield f"  user        {user.user_id}   password {user.password}"
    yield "Or log in with any Matrix client"
    yield f"  homeserver  {info.homeserver_url}"
    yield f"The room is {ROOM_NAME!r}, {info.room_id}, with {info.bot_user_id} in it. Type there"
    yield "  !voice help"
    if (project / _EXAMPLE).is_file():
        yield "Let both talk, each from a terminal of its own"
        for tone, name in zip((440, 1000), info.users, strict=False):
            yield f"  .venv/bin/python {_EXAMPLE} --info {info_file} {name} --tone {tone}"
    yield "Ctrl-C stops everything."
