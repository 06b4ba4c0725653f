"""Puppets at the border: events of theirs, their names on the SFU, and nobody counts them."""

from types import SimpleNamespace

import pytest

from haos_voice_bridge.adapters.livekit.webhooks import webhook
from haos_voice_bridge.adapters.matrix.facts import RoomFacts
from haos_voice_bridge.adapters.matrix.translate import matrix_event
from haos_voice_bridge.core.events import (
    Media,
    MemberLeft,
    ParticipantLeft,
    PuppetCleared,
    PuppetRemoved,
)
from haos_voice_bridge.core.grants import EVERYTHING
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.puppets import CALL_MEMBER, member_key
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.service.puppet_media import PuppetMedia
from tests.adapters.raw import READING, arrival, state
from tests.fakes.people import ANA, BEN, BOT, NOW, PUPPETS, ROOM, standing

PUPPET = "@_voice_ana=3ahs:hs"
NAME = f"{PUPPET}:LINK1"


def read(raw):
    return matrix_event(READING, arrival(raw))


def member(membership, user_id, sender):
    return state("m.room.member", {"membership": membership}, user_id, sender=sender)


@pytest.mark.parametrize("gone", ["leave", "ban"])
def test_who_puts_a_puppet_out_is_told_from_its_own_leaving(gone):
    out = read(member(gone, PUPPET, BEN))
    assert out == PuppetRemoved("$e", PUPPET, ANA, NOW - 100)
    assert read(member(gone, PUPPET, PUPPET)) is None
    assert read(member(gone, ANA, BEN)) == MemberLeft("$e", ANA, NOW - 100)


def test_only_an_emptied_membership_of_a_puppet_says_something():
    key = member_key(PUPPET, "LINK1")
    emptied = state(CALL_MEMBER, {}, key, sender=PUPPET)
    assert READING.wants(emptied, in_direct=False)
    assert read(emptied) == PuppetCleared(NAME)
    for other in (
        state(CALL_MEMBER, {"application": "m.call"}, key, sender=PUPPET),
        state(CALL_MEMBER, {}, "_odd", sender=PUPPET),
    ):
        assert read(other) is None
    assert not READING.wants(state(CALL_MEMBER, {"a": 1}, key, sender=PUPPET), in_direct=False)


def told(event, **more):
    said = {
        "event": event,
        "created_ts": NOW,
        "identity": NAME,
        "sid": "PA_1",
        "joined_ts": NOW,
        "is_person": True,
        "disconnect_reason": 1,
        **more,
    }
    return webhook(arrival(said, source="livekit"), PUPPETS.device_of)


def test_a_webhook_about_a_puppets_name_is_about_the_device():
    joined = told("participant_joined").event(standing())
    assert (joined.identity, joined.hashed) == (f"{ANA}:LINK1", NAME)
    assert (joined.user_id, joined.device_id) == (ANA, "LINK1")
    left = told("participant_left")
    assert left == ParticipantLeft(f"{ANA}:LINK1", "PA_1", NOW, "left")


class Sfu:
    """An SFU that remembers whom it was told about."""

    def __init__(self, *names):
        self.names, self.told = names, []
        self.open_room = self.close_room = self.occupied = None

    async def participants(self, _):
        return [
            Seen(name, "PA_1", *name.rsplit(":", 1), at=NOW, media=Media()) for name in self.names
        ]

    async def remove_participant(self, _, identity):
        self.told.append(identity)

    async def set_grant(self, _, identity, grant):
        self.told.append(identity)

    async def send_data(self, _, identity, topic, data):
        self.told.append(identity)


async def test_the_sfus_participants_are_devices():
    media = PuppetMedia(Sfu(NAME, f"{BEN}:DEV"), PUPPETS)
    ana, ben = await media.participants(ROOM)
    assert (ana.identity, ana.user_id, ana.device_id) == (f"{ANA}:LINK1", ANA, "LINK1")
    assert ana.hashed == NAME
    assert (ben.identity, ben.hashed) == (f"{BEN}:DEV", "")


async def test_what_is_done_to_a_device_is_done_under_either_name():
    sfu = Sfu()
    media = PuppetMedia(sfu, PUPPETS)
    await media.remove_participant(ROOM, f"{ANA}:LINK1")
    await media.set_grant(ROOM, f"{ANA}:LINK1", EVERYTHING)
    await media.send_data(ROOM, f"{ANA}:LINK1", "topic", b"")
    assert sfu.told == [f"{ANA}:LINK1", NAME] * 3
    await media.remove_participant(ROOM, f"{ANA}:DEV")
    await media.remove_participant(ROOM, "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU")
    assert sfu.told[6:] == [f"{ANA}:DEV", "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU"]


async def test_puppets_are_nobody_where_people_are_listed():
    async def request(method, path, content=None, query=None, **_):
        if str(path).endswith("joined_members"):
            return {"joined": {ANA: {}, PUPPET: {}, BOT: {}}}
        if str(path).endswith("members"):
            return {"chunk": [{"state_key": PUPPET}, {"state_key": BEN}]}
        return {}

    facts = RoomFacts(SimpleNamespace(request=request, user_id=BOT), {"*": Role.START}, PUPPETS)
    assert [person.user_id for person in await facts.everybody(ROOM)] == [ANA, BOT]
    assert await facts.invited(ROOM) == [BEN]
    assert (await facts.standing(ROOM, PUPPET)).user_id == PUPPET
