from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.media.delay import Delay


def test_frames_come_back_in_order_after_the_delay():
    delay = Delay(2.0)
    for n in range(3):
        delay.put(n, n * 0.01)
    assert delay.take(1.99) == []
    assert delay.take(2.005) == [0]
    assert delay.take(2.1) == [1, 2]


def test_what_is_too_late_is_dropped():
    delay = Delay(2.0, slack=0.3)
    delay.put("old", 0.0)
    delay.put("new", 0.5)
    assert delay.take(2.6) == ["new"]


@given(st.integers(1, 2000))
def test_it_holds_no_more_than_its_time_though_nobody_takes(count):
    delay = Delay(2.0, slack=0.3)
    for n in range(count):
        delay.put(n, n * 0.01)
    assert len(delay._held) <= 231
