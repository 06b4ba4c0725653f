"""The people and the room that `up` makes. Doing it again changes nothing that is there."""

import secrets
import time
from typing import Any

from haos_voice_bridge.devstack import matrix
from haos_voice_bridge.devstack.matrix import MatrixError, Session
from haos_voice_bridge.devstack.state import StateFile, User
from haos_voice_bridge.devstack.synapse import SERVER_NAME
from haos_voice_bridge.errors import StartupError

PEOPLE = ("alice", "bob")
ROOM_NAME = "Lounge"
ROOM_VERSION = "12"

_POLL_S = 0.1

# createRoom replaces the default's `events` as a whole, so what it would set is repeated here.
_EVENT_LEVELS = {
    "m.room.name": 50,
    "m.room.avatar": 50,
    "m.room.canonical_alias": 50,
    "m.room.power_levels": 100,
    "m.room.history_visibility": 100,
    "m.room.encryption": 100,
    "m.room.server_acl": 100,
    "m.room.tombstone": 150,
    "io.haos.voice.channel": 50,
    "io.haos.voice.join": 0,
    "io.haos.voice.speak": 0,
    "io.haos.voice.video": 0,
    "io.haos.voice.screen": 0,
    "io.haos.voice.moderate": 50,
    "org.matrix.msc3401.call.member": 0,
}


class World:
    """Makes users and the room, and remembers them in the data folder's state."""

    def __init__(self, homeserver_url: str, file: StateFile) -> None:
        self._url = homeserver_url
        self._file = file

    def user(self, name: str, *, admin: bool = False) -> User:
        """Somebody with a valid access token; registered if need be."""
        state = self._file.state
        if name not in state.users:
            # Written down before it is used: after a crash in between, the password is known.
            known = User(f"@{name}:{SERVER_NAME}", secrets.token_urlsafe(9))
            state.users[name] = known
            self._file.save()
        user = state.users[name]
        if not self._is_valid(user):
            answer = self._account(name, user.password, admin=admin)
            token, device = str(answer["access_token"]), str(answer["device_id"])
            user = User(user.user_id, user.password, token, device)
            state.users[name] = user
            self._file.save()
        return user

    def session(self, name: str) -> Session:
        """Act as somebody that `user` made."""
        return Session(self._url, self._file.state.users[name].access_token)

    def room(self) -> str:
        """The room, with everybody of `PEOPLE` in it."""
        state = self._file.state
        if not state.room_id:
            state.room_id = self._create_room()
            self._file.save()
        for name in PEOPLE:
            if self.membership(state.room_id, state.users[name].user_id) != "join":
                self._invite(state.room_id, state.users[name].user_id)
                self.session(name).client("POST", "join", state.room_id, content={})
        return state.room_id

    def invite_bot(self, bot: str, *, within_s: float) -> None:
        """Invite the bot to the room, and wait until it has joined.

        Raises:
            StartupError: It did not join in time.
        """
        room_id = self._file.state.room_id
        deadline = time.monotonic() + within_s
        if self.membership(room_id, bot) != "join":
            self._make_moderator(room_id, bot)
            self._invite(room_id, bot)
        while self.membership(room_id, bot) != "join":
            if time.monotonic() > deadline:
                raise StartupError(f"{bot} has not joined {ROOM_NAME} within {within_s:.0f} s")
            time.sleep(_POLL_S)

    def membership(self, room_id: str, user_id: str) -> str:
        """`join`, `invite`, `leave`, …, as alice sees it."""
        try:
            event = self.session(PEOPLE[0]).client(
                "GET", "rooms", room_id, "state", "m.room.member", user_id
            )
        except MatrixError as error:
            if error.errcode == "M_NOT_FOUND":
                return "leave"
            raise
        return str(event.get("membership"))

    def _is_valid(self, user: User) -> bool:
        if not user.access_token:
            return False
        try:
            Session(self._url, user.access_token).client("GET", "account", "whoami")
        except MatrixError:
            return False
        return True

    def _account(self, name: str, password: str, *, admin: bool) -> dict[str, Any]:
        secret = self._file.state.registration_shared_secret
        try:
            return matrix.register(self._url, secret, name, password, admin=admin)
        except MatrixError as error:
            if error.errcode != "M_USER_IN_USE":
                raise
        return matrix.login(self._url, name, password)

    def _create_room(self) -> str:
        content = {
            "name": ROOM_NAME,
            "topic": "A voice channel to try: !voice help",
            "preset": "private_chat",
            "room_version": ROOM_VERSION,
            "initial_state": [
                {"type": "io.haos.voice.channel", "state_key": "", "content": {"enabled": True}}
            ],
            "power_level_content_override": {"events": _EVENT_LEVELS},
        }
        return str(self.session(PEOPLE[0]).client("POST", "createRoom", content=content)["room_id"])

    def _make_moderator(self, room_id: str, user_id: str) -> None:
        # Alice is not listed beside it: as the room's creator she stands above all levels.
        alice = self.session(PEOPLE[0])
        path = ("rooms", room_id, "state", "m.room.power_levels", "")
        levels = alice.client("GET", *path)
        levels.setdefault("users", {})[user_id] = 100
        alice.client("PUT", *path, content=levels)

    def _invite(self, room_id: str, user_id: str) -> None:
        if self.membership(room_id, user_id) != "invite":
            content = {"user_id": user_id}
            self.session(PEOPLE[0]).client("POST", "rooms", room_id, "invite", content=content)
