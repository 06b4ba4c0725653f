from dataclasses import replace

from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.echo import echo_identity
from haos_voice_bridge.core.effects import StartEcho, StopEcho, queue_of
from haos_voice_bridge.core.events import Media
from haos_voice_bridge.core.ids import parse_identity
from haos_voice_bridge.core.permissions import Role
from tests.fakes.people import ANA, BEN, NOW, ROOM, joined, lounge, play
from tests.unit.commands.typing import said, typed


def in_call(*events):
    return play(lounge(), joined(ANA), *events)[0]


def test_it_plays_back_the_askers_own_device():
    (start,) = typed("echo", room=in_call(joined(BEN)))
    assert isinstance(start, StartEcho)
    assert (start.listener, start.reply_to) == (f"{ANA}:DEV", "$c")
    assert start.stop == "!voice echo stop"
    assert queue_of(start) == "media"


def test_of_several_devices_it_is_the_one_that_speaks():
    room = in_call(joined(ANA, NOW + 5, device="TABLET"))
    assert typed("echo", room=room)[0].listener == f"{ANA}:TABLET", "the newest"
    call = room.call
    assert isinstance(call, Active)
    speaking = replace(call.participants[0], media=Media(muted=False))
    room = replace(room, call=replace(call, participants=(speaking, *call.participants[1:])))
    assert typed("echo", room=room)[0].listener == f"{ANA}:DEV"


def test_who_is_not_in_the_call_is_told_to_join():
    for room in (lounge(), in_call()):
        assert "Join the call first" in said(typed("echo", by=BEN, room=room))


def test_what_is_encrypted_from_end_to_end_has_no_echo():
    sealed = replace(in_call(), encrypted=True)
    assert "so I do not hear you" in said(typed("echo", room=sealed))
    in_clear = play(lounge(media_encryption=False), joined(ANA))[0]
    assert isinstance(typed("echo", room=replace(in_clear, encrypted=True))[0], StartEcho)


def test_stop_ends_ones_own():
    stop, reply = typed("echo stop", room=lounge())
    assert stop == StopEcho("echo-stop:$c", echo_identity(ROOM, ANA))
    assert "is off" in said((reply,))


def test_another_word_starts_nothing():
    assert "echo [stop]" in said(typed("echo loud", room=in_call()))


def test_it_takes_the_right_to_join():
    assert "You may not use “echo”" in said(typed("echo", events={"io.haos.voice.join": 50}))
    assert typed("echo", role=Role.BLOCK) == ()


def test_its_identity_is_no_persons_device():
    assert parse_identity(echo_identity(ROOM, ANA)) is None
    assert echo_identity(ROOM, ANA) != echo_identity(ROOM, BEN)


def test_of_who_came_by_a_link_the_sfus_name_counts():
    by_link = replace(joined(ANA, device="LINK1"), hashed="@_voice_ana=3ahs:hs:LINK1")
    room, _ = play(lounge(), by_link)
    (start,) = typed("echo", room=room)
    assert start.listener == "@_voice_ana=3ahs:hs:LINK1"
