"""Where the room does not answer, the widget is let in over HTTP, with an OpenID token."""

import pytest

from tests.e2e.element_call.membership import MEMBER, Membership
from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until
from tests.e2e.web_widget.test_widget_call import expected

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

ASK = "org.matrix.msc2762.send.event:io.haos.voice.join"
ANSWER = "org.matrix.msc2762.receive.state_event:io.haos.voice.token#_"


@pytest.mark.parametrize("blocked", ["asking", "answer"])
async def test_a_blocked_handshake_is_gone_round(alice, channel, widget, blocked):
    room_id = await channel()
    hers = await widget(
        alice, room_id, deny=[ASK] if blocked == "asking" else [f"{ANSWER}{alice.user_id}"]
    )
    await hers.join()
    await roster_is(alice, room_id, alice)
    sent = [e for e in await alice.timeline(room_id) if e["type"] == "io.haos.voice.join"]
    assert len(sent) == (0 if blocked == "asking" else 1)
    membership = Membership(alice, room_id)
    content = await until(lambda: alice.state(room_id, MEMBER, membership.key))
    assert content == await expected(alice, room_id)
    await hers.leave()
    await until(membership.is_gone, 5)
