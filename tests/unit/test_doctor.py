import asyncio
from dataclasses import replace

from haos_voice_bridge.core.checkup import Finding, report, summary
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import SetAside
from haos_voice_bridge.service import doctor as service
from haos_voice_bridge.service.doctor import (
    Doctor,
    call_member_levels,
    puppet_rooms,
    set_aside,
)
from tests.fakes.people import ANA, BOT, lounge, standing
from tests.unit.commands.typing import said, typed


async def well():
    return [Finding("ok", "Fine.")]


async def down():
    raise Unavailable("GET http://10.0.0.7/secret")


async def broken():
    raise ZeroDivisionError


async def stuck():
    await asyncio.sleep(3600)
    return []


async def test_no_check_holds_up_or_breaks_the_others(monkeypatch):
    monkeypatch.setattr(service, "PATIENCE_S", 0.05)
    checks = [("A", down), ("B", stuck), ("C", broken), ("D", well)]
    found = await Doctor(checks).examine()
    assert [finding.level for finding in found] == ["error", "error", "error", "ok"]
    assert summary(found) == "Checkup: errors: 3, warnings: 0."
    body, html = report(found)
    assert "B: no answer" in body
    assert "10.0.0.7" not in body + html, "addresses are for the command line"
    assert found[0].detail == "GET http://10.0.0.7/secret"


def test_the_report_is_escaped():
    _, html = report([Finding("warning", "<script>", "Do & be.")])
    assert "<li><b>warning</b>: &lt;script&gt; Do &amp; be.</li>" in html
    assert summary([Finding("ok", "x")]) == "Checkup: all is well."


class Facts:
    def __init__(self, level):
        self.level = level

    async def standing(self, room_id, user_id):
        found = standing(user_id, level=self.level)
        return replace(found, levels=replace(found.levels, users={user_id: self.level}))


async def test_rooms_that_still_keep_the_bot_from_its_work_are_named():
    async def aside():
        return SetAside(5, 1, tuple(f"!{n}:hs" for n in range(5)))

    counts, weak = await set_aside(aside, Facts(0), BOT)
    assert counts.text.startswith("Set aside for good: 5 things to do and 1 events")
    assert weak.text == "The bot lacks power in 5 rooms: !0:hs, !1:hs, !2:hs and 2 more."
    (only,) = await set_aside(aside, Facts(50), BOT)
    assert only.level == "warning", "it has the power again: only the counts are told"


def test_doctor_is_for_admins_and_works_in_a_direct_chat():
    assert "the role “admin”" in said(typed("doctor", level=100))
    (examine,) = typed("doctor", role=Role.ADMIN, room=replace(lounge(), direct=ANA))
    assert (examine.kind, examine.reply_to) == ("examine", "$c")


async def test_channels_where_members_may_not_join_by_element_call_are_named():
    class Levels:
        async def standing(self, room_id, user_id):
            found = standing(user_id)
            events = {} if room_id == "!shut:hs" else {service.CALL_MEMBER: 0}
            return replace(found, levels=replace(found.levels, events=events))

    async def rooms():
        chat = replace(lounge(), room_id="!chat:hs", channel=None)
        return [lounge(), replace(lounge(), room_id="!shut:hs"), chat]

    async def none():
        return []

    (finding,) = await call_member_levels(rooms, Levels(), BOT)
    assert (finding.level, "in 1 room: !shut:hs." in finding.text) == ("warning", True)
    assert "to 0 in the power levels" in finding.advice
    (finding,) = await call_member_levels(none, Levels(), BOT)
    assert finding.level == "ok"


async def test_rooms_where_puppets_cannot_be_are_named_with_the_reason():
    class Levels:
        async def standing(self, room_id, user_id):
            found = standing(user_id, membership="leave")
            invite = 101 if room_id == "!strict:hs" else 0
            events = {service.CALL_MEMBER: 0}
            return replace(found, levels=replace(found.levels, events=events, invite=invite))

    async def rooms():
        sealed = replace(lounge(), room_id="!sealed:hs", encrypted=True)
        return [lounge(), replace(lounge(), room_id="!strict:hs"), sealed]

    async def one():
        return [lounge(), replace(lounge(), room_id="!sealed:hs", encrypted=True)]

    puppet = "@_voice_:hs"
    (strict,) = await puppet_rooms(rooms, Levels(), BOT, puppet)
    assert strict.text.endswith("in 1 room: !strict:hs.")
    assert "takes power level 101" in strict.advice
    (finding,) = await puppet_rooms(one, Levels(), BOT, puppet)
    assert finding.level == "ok"
    assert finding.text.endswith("in each voice channel that is not encrypted (1 is).")
