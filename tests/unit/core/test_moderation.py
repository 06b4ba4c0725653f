"""What a moderator lays on somebody holds for all their devices, whenever they come."""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import GATHER_MS, Active, Idle
from haos_voice_bridge.core.effects import Admit, RemoveParticipant, SendMessage, SetSources
from haos_voice_bridge.core.events import Moderated, RightsSeen, Tick
from haos_voice_bridge.core.restraints import KICK_MS, Restraint
from haos_voice_bridge.core.step import step
from tests.fakes.people import ANA, BEN, NOW, SITE, asks, joined, left, lounge, play, standing

CAMERA_ONLY = ("camera", "screen_share", "screen_share_audio")


def does(action, user_id=BEN, at=NOW + 1, cause="$c", **facts):
    return Moderated(cause, at, action, standing(user_id, **facts))


def grants(effects):
    return [(e.identity, e.sources, e.can_hear) for e in effects if isinstance(e, SetSources)]


def removed(effects):
    return [effect.identity for effect in effects if isinstance(effect, RemoveParticipant)]


def roster_of(room):
    return contents.roster(room.call, room.restraints)["participants"]


def call_of(*users):
    room, _ = play(lounge(), *(joined(user_id) for user_id in users))
    return room


def test_who_is_muted_loses_the_microphone_on_every_device():
    room, _ = play(call_of(ANA, BEN), joined(BEN, device="TAB"))
    room, effects = play(room, does("mute"))
    assert grants(effects) == [
        (f"{BEN}:DEV", CAMERA_ONLY, True),
        (f"{BEN}:TAB", CAMERA_ONLY, True),
    ]
    assert [p.get("server_muted") for p in roster_of(room)] == [None, True, True]
    assert room.call.roster_due is not None


def test_who_is_deafened_neither_hears_nor_speaks():
    room, effects = play(call_of(ANA, BEN), does("deafen"))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, False)]
    (ben,) = [p for p in roster_of(room) if p["user_id"] == BEN]
    assert ben["server_deafened"] is True
    assert "server_muted" not in ben


def test_who_is_deafened_and_muted_stays_what_is_left():
    room, _ = play(call_of(BEN), does("deafen"), does("mute"))
    room, effects = play(room, does("undeafen"))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, True)]
    room, effects = play(room, does("unmute"))
    assert grants(effects) == [(f"{BEN}:DEV", ("microphone", *CAMERA_ONLY), True)]
    assert room.restraints == ()


def test_unmuting_gives_no_right_that_the_room_does_not():
    room, _ = play(call_of(BEN), does("mute"))
    _, effects = play(room, does("unmute", events={"io.haos.voice.speak": 50}))
    assert grants(effects) == []


def test_who_is_muted_ahead_gets_a_token_without_a_microphone():
    room, effects = play(lounge(), does("deafen"), asks(standing(BEN)))
    (admit,) = [effect for effect in effects if isinstance(effect, Admit)]
    assert (admit.sources, admit.can_hear) == (CAMERA_ONLY, False)
    room = replace(room, admissions=())  # its place was held long enough; a token lives longer
    room, _ = play(room, asks(standing(BEN), cause="$2"))
    _, effects = play(room, joined(BEN))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, False)], "they may have used the first"


def test_who_may_do_everything_and_comes_with_a_token_for_it_is_let_be():
    _, effects = play(lounge(), asks(standing(BEN)), joined(BEN))
    assert grants(effects) == []


def test_a_token_from_before_an_unmute_is_mended_at_the_door():
    room, _ = play(lounge(), does("mute"), asks(standing(BEN)), does("unmute"))
    room, _ = play(room, asks(standing(BEN), cause="$2"))
    _, effects = play(room, joined(BEN))
    assert grants(effects) == [(f"{BEN}:DEV", ("microphone", *CAMERA_ONLY), True)]


def test_who_comes_with_an_older_token_is_muted_at_the_door():
    room, _ = play(lounge(), asks(standing(BEN)), does("mute"))
    _, effects = play(room, joined(BEN))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, True)]


def test_an_older_token_beside_a_newer_one_does_not_pass_for_it():
    """Both were handed to the device; the bridge cannot see which of them it used."""
    room, _ = play(lounge(), asks(standing(BEN)), does("mute"), asks(standing(BEN), cause="$2"))
    _, effects = play(room, joined(BEN))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, True)]


def test_who_reconnects_stays_muted():
    room, _ = play(call_of(ANA, BEN), does("mute"), left(BEN, NOW + 2, "dropped"))
    _, effects = play(room, joined(BEN, NOW + 3, sid="PA_new"))
    assert grants(effects) == [(f"{BEN}:DEV", CAMERA_ONLY, True)]


def test_a_look_at_the_rights_gives_nothing_back():
    room, _ = play(call_of(BEN), does("mute"))
    _, effects = play(room, RightsSeen("now", NOW + 2, (standing(BEN),)))
    assert grants(effects) == []


def test_who_is_kicked_is_out_with_all_devices_and_the_thread_tells_it():
    room, _ = play(call_of(ANA, BEN), joined(BEN, device="TAB"))
    room, effects = play(room, does("kick"))
    assert removed(effects) == [f"{BEN}:DEV", f"{BEN}:TAB"]
    room, effects = step(room, Tick(), NOW + 1 + GATHER_MS, SITE)
    (line,) = [e.content["body"] for e in effects if isinstance(e, SendMessage)]
    assert line.endswith("Ben was removed.")


def test_whoever_was_in_the_call_alone_ends_it_by_being_kicked():
    room, _ = play(call_of(BEN), does("kick"))
    assert room.call == Idle()


def test_who_dropped_is_kicked_too():
    room, _ = play(call_of(ANA, BEN), left(BEN, NOW, "dropped"), does("kick"))
    assert isinstance(room.call, Active)
    assert room.call.dropped == ()


def test_a_token_handed_out_before_the_kick_is_void_and_one_after_it_is_not():
    room, _ = play(lounge(), joined(ANA), asks(standing(BEN)), does("kick"))
    _, effects = play(room, joined(BEN, NOW + 2))
    assert removed(effects) == [f"{BEN}:DEV"]
    room, effects = play(room, asks(standing(BEN), cause="$2", at=NOW + 3), joined(BEN, NOW + 4))
    assert removed(effects) == []
    _, effects = play(room, joined(BEN, NOW + 5, device="TAB"))
    assert removed(effects) == [f"{BEN}:TAB"], "the other device did not ask"


def test_what_the_sfu_still_lists_after_a_kick_is_no_arrival():
    room, _ = play(call_of(ANA, BEN), does("kick"))
    room, effects = play(room, joined(BEN))
    assert removed(effects) == [f"{BEN}:DEV"]
    assert [p.user_id for p in room.call.participants] == [ANA]


def test_a_kick_is_forgotten_once_no_token_can_be_left_of_before():
    room, _ = play(lounge(), does("kick"))
    _, effects = step(room, joined(BEN, NOW + KICK_MS + 2), NOW + KICK_MS + 2, SITE)
    assert removed(effects) == []
    room, _ = step(room, does("unmute", ANA), NOW + KICK_MS + 2, SITE)
    assert room.restraints == ()


def test_restraints_of_several_people_do_not_touch():
    room, _ = play(lounge(), does("mute"), does("deafen", ANA), does("unmute"))
    assert room.restraints == (Restraint(ANA, deafened=True),)
