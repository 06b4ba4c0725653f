"""The web client's HTTP API as a part of the bridge: its wiring, called by app.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from haos_voice_bridge.adapters.http.client_api import ClientApi
from haos_voice_bridge.adapters.http.server import HttpServer
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import Effect
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.ports import Links, Pictures
from haos_voice_bridge.service.avatars import Avatars
from haos_voice_bridge.service.directory import Directory
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.members import Membership
from haos_voice_bridge.service.orders import Orders
from haos_voice_bridge.service.room_view import RoomView
from haos_voice_bridge.service.sessions import Sessions
from haos_voice_bridge.service.visits import Visits
from haos_voice_bridge.service.watch import Watch
from haos_voice_bridge.service.world import Settings, World
from haos_voice_bridge.token_service.ports import OpenIdProvider


@dataclass(frozen=True, slots=True)
class Serving:
    """What the bridge has already; `saved(room, effects)`: for what is decided at once."""

    world: World
    settings: Settings
    entry: Entry
    links: Links
    watch: Watch
    membership: Membership
    openid: OpenIdProvider
    pictures: Pictures
    saved: Callable[[Room, Sequence[Effect]], None]


def serve_client(http: HttpServer, parts: Serving, role: Callable[[str], Role]) -> None:
    """Add its routes; `role`: what the config grants a user."""
    world, clock = parts.world, parts.world.clock
    view = RoomView(world.store, world.facts, clock)
    visits = Visits(
        links=parts.links,
        store=world.store,
        entry=parts.entry,
        view=view,
        watch=parts.watch,
        clock=clock,
        orders=Orders(world, parts.settings, parts.saved),
        directory=Directory(world.store, world.facts, parts.membership, clock, parts.watch),
        avatars=Avatars(parts.pictures, clock),
    )
    sessions = Sessions(
        links=parts.links,
        store=world.store,
        openid=parts.openid,
        role=role,
        view=view,
        clock=clock,
    )
    api = ClientApi(sessions, visits, clock)
    api.add_routes(http.router)
    http.before_stop(api.close)
