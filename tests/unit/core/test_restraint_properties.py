"""One device and a moderator: whatever token it comes with, it may do what it may do now."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.effects import Admit, SetSources
from haos_voice_bridge.core.events import Moderated, RightsSeen
from haos_voice_bridge.core.grants import Grant, grant_for
from haos_voice_bridge.core.step import step
from tests.fakes.people import BEN, NOW, SITE, asks, joined, left, lounge, standing

MEASURES = ("mute", "unmute", "deafen", "undeafen")
ACTIONS = st.sampled_from([*MEASURES, "ask", "connect", "connect", "drop", "look", "wait", "level"])


@given(st.lists(st.tuples(ACTIONS, st.integers(0, 5)), max_size=14))
@example([(what, 0) for what in ("mute", "ask", "unmute", "connect", "ask", "connect")])
@settings(max_examples=1500, deadline=None)
def test_a_device_may_do_what_it_may_do_now_whatever_token_it_used(actions):
    room, tokens, sfu, level, now = lounge(), [], None, 0, NOW

    def who():
        return standing(BEN, events={"io.haos.voice.speak": level})

    for number, (action, choice) in enumerate(actions):
        now += 40_000 if action == "wait" else 1
        valid = [token for token, made in tokens if now - made <= 60_000]
        match action:
            case "ask":
                event = asks(who(), cause=f"${number}", at=now)
            case "connect" if valid:
                sfu = valid[choice % len(valid)]
                event = joined(BEN, now, sid=f"PA_{number}", who=who())
            case "drop" if isinstance(room.call, Active) and room.call.participants:
                event = left(BEN, now, "dropped", sid=room.call.participants[0].sid)
            case "level":
                level = 0 if choice % 2 else 50
                event = RightsSeen(f"{number}", now, (who(),))
            case "look" | "wait":
                event = RightsSeen(f"{number}", now, (who(),))
            case "mute" | "unmute" | "deafen" | "undeafen":
                event = Moderated(f"${number}", now, action, who())
            case _:
                continue
        room, effects = step(room, event, now, SITE)
        for effect in effects:
            if isinstance(effect, Admit):
                tokens.append((Grant(effect.sources, effect.can_hear), now))
            elif isinstance(effect, SetSources):
                sfu = Grant(effect.sources, effect.can_hear)
        if isinstance(room.call, Active) and room.call.participants:
            assert sfu == grant_for(room, who())
