"""Who is shown by a puppet, what becomes of them, and how puppets are called."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.call import Active, Idle, due
from haos_voice_bridge.core.events import (
    BotLeft,
    CallStopped,
    JoinRequested,
    MemberLeft,
    MovedAway,
    MovedHere,
    PuppetCleared,
    PuppetRemoved,
    RoomEncrypted,
    Tick,
)
from haos_voice_bridge.core.permissions import PowerLevels
from haos_voice_bridge.core.puppets import (
    CALL_MEMBER,
    PuppetNames,
    identity_in_key,
    member_content,
    member_key,
)
from haos_voice_bridge.core.rules.puppets import LOOK_MS, name_of, obstacle
from haos_voice_bridge.core.step import step
from tests.fakes.people import (
    ANA,
    BEN,
    BOT,
    NOW,
    PUPPETS,
    SITE,
    asks,
    joined,
    left,
    lounge,
    play,
    standing,
)

DEVICE = "LINK1"
ANAS = "@_voice_ana=3ahs:hs"
NAME = f"{ANAS}:{DEVICE}"

users = st.builds(
    "@{}:{}".format,
    st.text(min_size=1, max_size=20).filter(lambda name: ":" not in name),
    st.from_regex(r"[a-z0-9.-]{1,12}(:[0-9]{1,4})?", fullmatch=True),
)


@given(users)
def test_a_puppet_is_told_from_others_and_whose_it_is(owner):
    try:
        puppet = PUPPETS.of(owner)
    except UnicodeEncodeError:  # half a character: in no user ID
        return
    assert puppet.startswith("@_voice_")
    assert puppet.endswith(":hs")
    assert set(puppet[1:].partition(":")[0]) <= set("abcdefghijklmnopqrstuvwxyz0123456789._=-/+")
    assert PUPPETS.owner_of(puppet) == owner
    assert PUPPETS.owner_of(owner) is None
    assert PuppetNames("_voice_", "evil.hs").owner_of(puppet) is None


@pytest.mark.parametrize(
    "user_id",
    [
        ANA,
        BOT,
        "@_voice_sender:hs",
        "@_voice_ana=3Ahs:hs",
        "@_voice_ana=3ahs:evil",
        "@_voice_=ff:hs",
    ],
)
def test_nobody_else_is_a_puppet(user_id):
    assert PUPPETS.owner_of(user_id) is None
    assert PUPPETS.device_of(f"{user_id}:DEV") is None


def test_an_id_that_is_too_long_has_no_puppet():
    assert PUPPETS.of(f"@{'ü' * 60}:hs") is None
    assert PUPPETS.of(f"@{'u' * 200}:hs") is not None


def test_the_membership_is_element_calls():
    content = member_content(NAME, "!r:hs", "https://voice.hs/jwt", 14_400_000, None)
    assert content["membershipID"] == NAME
    assert content["device_id"] == DEVICE
    assert "created_ts" not in content
    again = member_content(NAME, "!r:hs", "https://voice.hs/jwt", 1, NOW)
    assert again["created_ts"] == NOW
    assert identity_in_key(ANAS, member_key(ANAS, DEVICE)) == NAME
    for key in ("", f"_{BEN}_{DEVICE}_m.call", f"_{ANAS}__m.call", f"_{ANAS}_{DEVICE}"):
        assert identity_in_key(ANAS, key) is None


def puppet(*, level=0, membership="join", bot=100, invite=0, needed=0):
    found = standing(ANAS, membership=membership)
    levels = PowerLevels(users={ANAS: level, BOT: bot}, events={CALL_MEMBER: needed}, invite=invite)
    return replace(found, levels=levels)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (puppet(), None),
        (puppet(membership="leave", invite=50), None),
        (
            puppet(membership="leave", invite=50, bot=0),
            "may not invite there: it takes power level 50",
        ),
        (puppet(invite=50, bot=0), None),
        (puppet(needed=50), "takes power level 50 there, and should take 0"),
        (puppet(needed=50, level=50), None),
    ],
)
def test_what_a_room_must_allow(there, words):
    reason = obstacle(lounge(), there, BOT)
    assert reason is None if words is None else words in reason
    assert "encrypted" in obstacle(replace(lounge(), encrypted=True), there, BOT)


def asked(there, device=DEVICE):
    event = JoinRequested(asks(standing(), device=device).request, standing(), there)
    return step(lounge(), event, NOW, SITE)[1][0]


def test_a_token_names_the_puppet_where_one_may_be():
    assert asked(puppet()).hashed == NAME
    assert asked(None).hashed == ""
    assert asked(puppet(needed=50)).hashed == ""
    refused = asked(puppet(membership="ban"))
    assert (refused.kind, refused.refusal.code) == ("refuse", "BANNED")


def link(at=NOW, *, sid="PA_1", user=ANA):
    name = f"{PUPPETS.of(user)}:{DEVICE}"
    return replace(joined(user, at, sid=sid, device=DEVICE), hashed=name)


def gone(at, departure="left", *, sid="PA_1"):
    return left(ANA, at, departure, sid=sid, device=DEVICE)


def kinds(effects):
    return [e.kind for e in effects if e.kind.endswith("puppet")]


def test_a_device_is_shown_while_it_is_connected_and_the_puppet_stays_for_the_call():
    room, effects = play(lounge(), joined(BEN), link())
    assert kinds(effects) == ["show_puppet"]
    (show,) = [e for e in effects if e.kind == "show_puppet"]
    assert (show.identity, show.owner) == (NAME, ANA)
    ana = room.call.present(f"{ANA}:{DEVICE}")
    assert (ana.user_id, name_of(ana)) == (ANA, NAME)
    assert room.call.called(NAME) is room.call.called(f"{ANA}:{DEVICE}") is ana
    assert room.call.called("nobody") is None
    assert name_of(room.call.present(f"{BEN}:DEV")) == ""

    room, effects = play(room, gone(NOW + 1000))
    assert kinds(effects) == ["hide_puppet"]
    room, effects = play(room, link(NOW + 2000, sid="PA_2"))
    assert kinds(effects) == ["show_puppet"]
    room, effects = play(room, gone(NOW + 3000, sid="PA_2"), left(BEN, NOW + 4000))
    assert kinds(effects) == ["hide_puppet", "part_puppet"]
    (part,) = [e for e in effects if e.kind == "part_puppet"]
    assert (part.user_id, part.device_ids) == (ANAS, (DEVICE,))
    assert room.puppets == ()


def test_every_change_has_a_key_of_its_own():
    keys = []
    room = lounge()
    for turn in range(3):
        at = NOW + 10_000 * turn
        events = [link(at, sid=f"PA_{turn}"), gone(at + 10, sid=f"PA_{turn}")]
        room, effects = play(room, *events)
        keys += [e.key for e in effects if e.kind.endswith("puppet")]
    assert isinstance(room.call, Idle)
    assert len(keys) == len(set(keys)) == 9


def test_who_drops_is_hidden_at_once_and_shown_when_back():
    room, _ = play(lounge(), joined(BEN), link())
    room, effects = play(room, gone(NOW + 1000, "dropped"))
    assert kinds(effects) == ["hide_puppet"]
    room, effects = play(room, link(NOW + 5000, sid="PA_2"))
    assert kinds(effects) == ["show_puppet"]


def test_a_new_connection_is_shown_anew_as_its_leave_is_tied_to_the_old_one():
    room, _ = play(lounge(), link())
    room, effects = play(room, link(NOW + 5000, sid="PA_2"))
    assert kinds(effects) == ["show_puppet"]
    _, effects = play(room, link(NOW + 5000, sid="PA_2"))
    assert kinds(effects) == [], "told twice"


def test_it_is_seen_to_now_and_then_and_the_clock_may_jump():
    room, _ = play(lounge(), link())
    room, _ = step(room, Tick(), NOW + 5_000, SITE)  # the roster and the thread are written
    assert due(room) == NOW + LOOK_MS
    room, effects = step(room, Tick(), NOW + LOOK_MS - 1, SITE)
    assert kinds(effects) == []
    room, effects = step(room, Tick(), NOW + LOOK_MS, SITE)
    assert kinds(effects) == ["show_puppet"]
    assert due(room) == NOW + 2 * LOOK_MS
    room, effects = step(room, Tick(), NOW - 3_600_000, SITE)
    assert kinds(effects) == ["show_puppet"]
    assert room.puppets[0].look_at == NOW - 3_600_000 + LOOK_MS


def test_what_the_homeserver_took_back_is_said_anew_of_who_is_there():
    room, _ = play(lounge(), joined(BEN), link())
    room, effects = play(room, PuppetCleared(NAME))
    assert kinds(effects) == ["show_puppet"]
    room, _ = play(room, gone(NOW + 1000))
    room, effects = play(room, PuppetCleared(NAME), PuppetCleared("@_voice_x=3ahs:hs:L"))
    assert kinds(effects) == []


def test_several_devices_of_one_user_have_one_puppet():
    other = replace(joined(ANA, sid="PA_9", device="LINK2"), hashed=f"{ANAS}:LINK2")
    room, effects = play(lounge(), link(), other)
    assert kinds(effects) == ["show_puppet"] * 2
    room, effects = play(room, gone(NOW + 1), left(ANA, NOW + 2, sid="PA_9", device="LINK2"))
    (part,) = [e for e in effects if e.kind == "part_puppet"]
    assert part.device_ids == (DEVICE, "LINK2")


def test_a_puppet_that_is_put_out_takes_its_devices_along_and_no_other():
    room, _ = play(lounge(), joined(BEN), joined(ANA), link())
    room, _ = step(room, asks(standing(), device=DEVICE), NOW, SITE)
    room, effects = play(room, PuppetRemoved("$kick", ANAS, ANA, NOW + 1000))
    removals = [e.identity for e in effects if e.kind == "remove_participant"]
    assert removals == [f"{ANA}:{DEVICE}"]
    assert kinds(effects) == ["hide_puppet"]
    assert {p.identity for p in room.call.participants} == {f"{ANA}:DEV", f"{BEN}:DEV"}
    assert room.call.changes[-1].action == "removed"
    assert room.admissions == (), "a token of before is void"
    back, effects = play(room, link(NOW + 2000, sid="PA_2"))
    assert [e.kind for e in effects if "remove" in e.kind] == ["remove_participant"]
    assert back.call.participants == room.call.participants
    # With a new token they may be back.
    asked_again = asks(standing(), device=DEVICE, cause="$j2", at=NOW + 3000)
    room, _ = step(room, asked_again, NOW + 3000, SITE)
    room, _ = play(room, link(NOW + 4000, sid="PA_3"))
    assert room.call.present(f"{ANA}:{DEVICE}")


def test_a_puppet_of_no_call_may_be_put_out():
    assert play(lounge(), PuppetRemoved("$kick", ANAS, ANA, NOW)) == (lounge(), [])


def test_who_dropped_and_whose_puppet_is_put_out_left():
    room, _ = play(lounge(), joined(BEN), link(), gone(NOW + 1000, "dropped"))
    room, _ = play(room, PuppetRemoved("$kick", ANAS, ANA, NOW + 2000))
    assert room.call.dropped == ()


@pytest.mark.parametrize(
    "event",
    [RoomEncrypted("$e"), BotLeft(NOW + 1000)],
    ids=["encrypted", "bot out"],
)
def test_where_puppets_may_be_no_more_they_go(event):
    room, _ = play(lounge(), joined(BEN), link())
    room, effects = play(room, event)
    assert kinds(effects) == ["hide_puppet", "part_puppet"]
    assert room.puppets == ()
    _, effects = play(room, link(NOW + 5000, sid="PA_2"))
    assert kinds(effects) == []


def test_whose_user_leaves_the_room_goes():
    room, _ = play(lounge(), joined(BEN), link())
    room, effects = play(room, MemberLeft("$l", ANA, NOW + 1000))
    assert kinds(effects) == ["hide_puppet"]
    assert isinstance(room.call, Active)


class Matrix:
    """What the room's state and its members come to by the effects, in order."""

    def __init__(self):
        self.shown, self.here = set(), set()

    def does(self, effects):
        for effect in effects:
            match effect.kind:
                case "show_puppet":
                    self.shown.add(effect.identity)
                    self.here.add(effect.identity.rpartition(":")[0])
                case "hide_puppet":
                    self.shown.discard(effect.identity)
                case "part_puppet":
                    assert not any(name.startswith(effect.user_id) for name in self.shown)
                    self.here.discard(effect.user_id)


@st.composite
def happenings(draw):
    """Two people come by link or not, on two devices and many connections, and moderators act."""
    events, now = [], NOW
    for _ in range(draw(st.integers(1, 25))):
        now += draw(st.sampled_from([0, 500, 5_000, 40_000, LOOK_MS, -60_000]))
        user = draw(st.sampled_from([ANA, BEN]))
        device, sid = draw(st.sampled_from(["LINK1", "LINK2", "DEV"])), draw(st.sampled_from("abc"))
        sid = f"PA_{user}{device}{sid}"
        puppet = PUPPETS.of(user)
        hashed = f"{puppet}:{device}" if device != "DEV" else ""
        how = draw(st.sampled_from(["left", "dropped", "removed"]))
        events.append(
            draw(
                st.sampled_from(
                    [
                        replace(joined(user, now, sid=sid, device=device), hashed=hashed),
                        replace(joined(user, now, sid=sid, device=device), hashed=hashed),
                        left(user, now, how, sid=sid, device=device),
                        PuppetCleared(f"{puppet}:{device}"),
                        PuppetRemoved(f"$k{now}", puppet, user, now),
                        MemberLeft(f"$l{now}", user, now),
                        CallStopped(f"$s{now}", now),
                        Tick(),
                    ]
                )
            ),
        )
        events.append(now)
    return events


@given(happenings())
def test_the_rooms_state_shows_who_is_connected_and_nobody_stays_behind(history):
    room, matrix, keys = lounge(), Matrix(), []
    for event, now in zip(history[::2], history[1::2], strict=True):
        room, effects = step(room, event, now, SITE)
        matrix.does(effects)
        if isinstance(event, PuppetCleared) and event.identity in matrix.shown:
            assert event.identity in {name_of(p) for p in room.call.participants}
        keys += [e.key for e in effects if e.kind.endswith("puppet")]
        people = room.call.participants if isinstance(room.call, Active) else ()
        assert matrix.shown == {name for p in people if (name := name_of(p))}
        if isinstance(room.call, Idle):
            assert matrix.here == set()
    assert len(keys) == len(set(keys))


def test_who_is_moved_keeps_the_name_by_which_a_puppet_shows_them():
    room, _ = play(lounge(), link(), joined(ANA))
    away = MovedAway("$m", NOW + 1000, ANA, "!kitchen:hs", "Kitchen")
    _, effects = play(room, away)
    told = {e.note["identity"]: e.note["hashed"] for e in effects if e.kind == "tell_room"}
    assert told == {f"{ANA}:{DEVICE}": NAME, f"{ANA}:DEV": ""}
    here = MovedHere("$m", NOW + 1000, f"{ANA}:{DEVICE}", "!x:hs", "X", standing(), hashed=NAME)
    _, (push,) = play(lounge(), here)
    assert (push.kind, push.identity, push.hashed) == ("push_token", f"{ANA}:{DEVICE}", NAME)
