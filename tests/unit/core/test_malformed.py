from haos_voice_bridge.core.admission import REQUESTS, judge, malformed
from haos_voice_bridge.core.events import JoinMalformed
from tests.fakes.people import ANA, NOW, SITE, asks, lounge, standing


def test_requests_that_cannot_be_read_count_towards_the_limit():
    room = lounge()
    bad = JoinMalformed("$bad", ANA, "DEV", "r1", "state", "reply must be state or to_device.")
    for _ in range(REQUESTS):
        room, (answer,) = malformed(room, bad, NOW)
        assert answer.refusal.code == "BAD_REQUEST"
    room, (answer,) = malformed(room, bad, NOW)
    assert answer.refusal.code == "RATE_LIMITED"
    assert malformed(room, bad, NOW)[1] == ()
    assert judge(room, asks(standing()), NOW, SITE)[1] == ()
