from dataclasses import replace

from haos_voice_bridge.core.admission import judge
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.effects import Admit, RemoveParticipant
from haos_voice_bridge.core.step import step
from tests.fakes.people import ANA, BEN, NOW, SITE, asks, joined, left, lounge, play, standing

DRAINING = replace(SITE, is_draining=True)


def answer(room, who):
    _, (effect,) = judge(room, asks(who), NOW, DRAINING)
    return effect


def test_while_draining_nobody_new_comes_in_moderators_neither():
    running, _ = play(lounge(), joined(ANA))
    for room in (lounge(), running):
        refusal = answer(room, standing(BEN, level=100)).refusal
        assert refusal.code == "SFU_UNAVAILABLE"
        assert refusal.message.startswith("Calls are paused for maintenance")
        assert refusal.retry_after_ms == 60_000


def test_while_draining_who_is_in_a_call_or_lost_it_just_now_may_come_back():
    room, _ = play(lounge(), joined(ANA), joined(BEN))
    assert isinstance(answer(room, standing(ANA)), Admit)
    dropped, _ = play(room, left(ANA, NOW + 1, "dropped"))
    assert isinstance(answer(dropped, standing(ANA)), Admit)
    gone, _ = play(room, left(ANA, NOW + 1))
    assert not isinstance(answer(gone, standing(ANA)), Admit)


def test_while_draining_a_token_from_before_opens_a_running_call_but_starts_none():
    admitted, _ = judge(lounge(), asks(standing(BEN)), NOW, SITE)
    _, effects = step(admitted, joined(BEN), NOW, DRAINING)
    assert isinstance(effects[0], RemoveParticipant)
    running, _ = play(admitted, joined(ANA))
    room, _ = step(running, joined(BEN), NOW, DRAINING)
    assert isinstance(room.call, Active)
    assert len(room.call.participants) == 2


def test_while_draining_who_came_in_without_a_token_of_ours_is_taken_out():
    running, _ = play(lounge(), joined(ANA))
    _, effects = step(running, joined(BEN), NOW, DRAINING)
    assert isinstance(effects[0], RemoveParticipant)
