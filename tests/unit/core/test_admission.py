from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.admission import HOLD_MS, REQUESTS, REQUESTS_MS, judge
from haos_voice_bridge.core.call import Room, places_taken
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.effects import Admit, Refuse, RemoveParticipant
from haos_voice_bridge.core.grants import grant_for
from haos_voice_bridge.core.permissions import Role
from tests.fakes.people import (
    ANA,
    BEN,
    CLEO,
    NOW,
    ROOM,
    SITE,
    asks,
    joined,
    left,
    lounge,
    play,
    standing,
)


def answer(room, event, now=NOW):
    _, effects = judge(room, event, now, SITE)
    (effect,) = effects
    return effect


def code(room, event, now=NOW):
    effect = answer(room, event, now)
    assert isinstance(effect, Refuse)
    return effect.refusal.code


def test_a_member_gets_in():
    effect = answer(lounge(), asks(standing()))
    assert isinstance(effect, Admit)
    assert effect.name == "Ana"


def test_each_reason_not_to_be_let_in_has_its_code():
    banned, out = standing(membership="ban"), standing(membership="leave")
    assert code(lounge(), asks(banned)) == "BANNED"
    assert code(lounge(), asks(out)) == "NOT_A_MEMBER"
    assert code(lounge(), asks(standing(membership="invite"))) == "NOT_A_MEMBER"
    assert code(lounge(enabled=False), asks(standing())) == "NOT_A_CHANNEL"
    assert code(Room(ROOM, bot="joined"), asks(standing())) == "NOT_A_CHANNEL"
    assert code(Room(ROOM), asks(standing())) == "NOT_A_CHANNEL"
    assert code(lounge(locked=True), asks(standing())) == "LOCKED"
    assert code(lounge(), asks(standing(role=Role.BLOCK))) == "FORBIDDEN"
    assert code(lounge(), asks(standing(events={"io.haos.voice.join": 10}))) == "FORBIDDEN"


def test_a_room_of_call_type_is_a_channel_without_the_state_event():
    room = Room(ROOM, bot="joined", room_type="m.call", is_call_room=True)
    assert isinstance(answer(room, asks(standing())), Admit)
    off = replace(room, channel=Channel(enabled=False))
    assert code(off, asks(standing())) == "NOT_A_CHANNEL"


def test_who_may_join_but_not_start_waits_for_somebody_to_start():
    may_join = asks(standing(BEN, role=Role.JOIN))
    assert code(lounge(), may_join) == "FORBIDDEN"
    running, _ = play(lounge(), joined(ANA))
    assert isinstance(answer(running, may_join), Admit)


def test_a_full_channel_takes_moderators_and_who_is_in_already():
    room, _ = play(lounge(user_limit=2), joined(ANA), joined(BEN))
    effect = answer(room, asks(standing(CLEO)))
    assert effect.refusal.code == "FULL"
    assert effect.refusal.message == "Lounge is full (2 of 2)."
    assert isinstance(answer(room, asks(standing(CLEO, level=50))), Admit)
    assert isinstance(answer(room, asks(standing(BEN))), Admit)


def test_a_token_not_yet_used_holds_its_place_and_then_frees_it():
    room, _ = judge(lounge(user_limit=1), asks(standing(ANA)), NOW, SITE)
    assert code(room, asks(standing(BEN)), NOW + 1000) == "FULL"
    assert isinstance(answer(room, asks(standing(BEN)), NOW + HOLD_MS), Admit)


@given(
    st.integers(1, 5), st.lists(st.sampled_from([ANA, BEN, CLEO, "@d:hs", "@e:hs"]), max_size=12)
)
def test_more_tokens_than_places_are_never_out(limit, askers):
    room = lounge(user_limit=limit)
    for user_id in askers:
        room, _ = judge(room, asks(standing(user_id)), NOW, SITE)
    assert places_taken(room, NOW, but="") <= limit


def hands_over(user_id=ANA, **more):
    asked = asks(standing(user_id), **more)
    return replace(asked, request=replace(asked.request, hands_over=True, rings_itself=True))


def test_who_is_in_the_call_and_hands_over_a_leave_takes_no_second_place():
    """By `/sfu/get` once more: the token is not used, so its place would be kept for nobody."""
    room, _ = play(lounge(user_limit=1), joined(ANA))
    room, (effect,) = judge(room, hands_over(), NOW, SITE)
    assert isinstance(effect, Admit)
    assert room.admissions == ()
    room, _ = play(room, left(ANA, NOW + 1000))
    assert isinstance(answer(room, asks(standing(BEN)), NOW + 2000), Admit)
    # Who comes with a leave to hand over from the start holds a place as anybody does.
    room, _ = judge(lounge(user_limit=1), hands_over(), NOW, SITE)
    assert code(room, asks(standing(BEN))) == "FULL"


def test_who_is_in_a_call_that_was_locked_since_may_hand_over_but_not_come_back_by_it():
    room, _ = play(lounge(), joined(ANA))
    room = replace(room, channel=Channel(locked=True))
    room, (effect,) = judge(room, hands_over(), NOW, SITE)
    assert isinstance(effect, Admit)
    assert code(room, asks(standing(ANA))) == "LOCKED"
    room, _ = play(room, left(ANA, NOW + 1000))
    assert code(room, hands_over(), NOW + 2000) == "LOCKED"
    _, effects = play(room, joined(ANA, NOW + 3000, sid="PA_2"))
    assert [type(effect) for effect in effects] == [RemoveParticipant]


def test_a_token_that_came_with_a_leave_counts_among_those_that_may_be_used():
    """With it, older rights could come back: what is granted is set once more."""
    room, _ = play(lounge(), joined(ANA))
    room, _ = judge(room, hands_over(), NOW, SITE)
    room, _ = judge(room, replace(asks(standing(events={"io.haos.voice.speak": 9}))), NOW, SITE)
    (place,) = room.admissions
    assert not place.is_sure


def test_a_locked_channel_takes_moderators():
    assert isinstance(answer(lounge(locked=True), asks(standing(level=50))), Admit)


def test_too_many_requests_are_answered_once_and_then_not_at_all():
    room = lounge()
    for _ in range(REQUESTS):
        room, effects = judge(room, asks(standing()), NOW, SITE)
        assert isinstance(effects[0], Admit)
    room, effects = judge(room, asks(standing()), NOW + 1000, SITE)
    assert effects[0].refusal.code == "RATE_LIMITED"
    assert effects[0].refusal.retry_after_ms == REQUESTS_MS - 1000
    room, effects = judge(room, asks(standing()), NOW + 2000, SITE)
    assert effects == ()
    assert isinstance(answer(room, asks(standing(BEN))), Admit), "others are not limited by it"
    assert isinstance(answer(room, asks(standing()), NOW + REQUESTS_MS), Admit)
    assert len(room.asked) <= REQUESTS + 1


def test_nothing_is_kept_of_a_request_for_a_room_without_the_bot():
    room, _ = judge(Room(ROOM), asks(standing()), NOW, SITE)
    assert room == Room(ROOM)


@pytest.mark.parametrize(
    ("events", "sources"),
    [
        ({}, ("microphone", "camera", "screen_share", "screen_share_audio")),
        ({"io.haos.voice.speak": 10}, ("camera", "screen_share", "screen_share_audio")),
        ({"io.haos.voice.video": 10, "io.haos.voice.screen": 10}, ("microphone",)),
    ],
)
def test_only_what_the_levels_allow_may_be_published(events, sources):
    assert grant_for(lounge(), standing(events=events)).sources == sources


def test_who_cannot_encrypt_is_not_let_into_a_call_that_is_encrypted_from_end_to_end():
    sealed = replace(lounge(), encrypted=True)
    assert code(sealed, asks(standing())) == "ENCRYPTED"
    assert code(sealed, asks(standing(level=100))) == "ENCRYPTED", "moderators neither"
    able = asks(standing())
    able = replace(able, request=replace(able.request, encrypts=True))
    assert answer(sealed, able).encrypts is True
    # Element Call encrypts of itself.
    other = replace(able, request=replace(able.request, encrypts=False, rings_itself=True))
    assert answer(sealed, other).encrypts is True


def test_switched_off_or_in_a_room_that_is_not_encrypted_all_are_let_in():
    off = replace(lounge(media_encryption=False), encrypted=True)
    for room in (off, lounge(), lounge(media_encryption=True)):
        assert answer(room, asks(standing())).encrypts is False


def test_who_is_banned_hears_that_and_not_of_keys():
    sealed = replace(lounge(), encrypted=True)
    assert code(sealed, asks(standing(membership="ban"))) == "BANNED"
