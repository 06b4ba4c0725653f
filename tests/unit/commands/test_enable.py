"""The web client as a widget: put into the room, left out, and taken away."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from haos_voice_bridge.core import widget
from haos_voice_bridge.core.effects import MergeState, SetState
from haos_voice_bridge.core.widget import Sent
from tests.fakes.people import ANA, BOT, SITE
from tests.unit.commands.typing import World, typed

HERE = replace(SITE, has_client=True)


def done(text, there=None, **options):
    """What becomes of the widget, and what is said."""
    world = World(state={} if there is None else {(widget.EVENT, widget.KEY): there})
    answers = typed(text, level=100, world=world, site=HERE, **options)
    widgets = [one.content for one in answers if isinstance(one, SetState)]
    (told,) = [one.told["body"] for one in answers if isinstance(one, MergeState) and one.told]
    return widgets, told


def test_its_address_tells_the_client_where_it_is():
    ((content,), told) = done("enable")
    assert "removed" not in told
    assert "Room info → Extensions → Voice channel" in told, "nobody finds it by themselves"
    assert (content["id"], content["type"]) == (widget.KEY, "m.custom")
    address = urlsplit(content["url"])
    assert address.query == "", "what is there is seen by servers"
    path, _, query = address.fragment.partition("?")
    assert path == "/widget"
    told = parse_qs(query, strict_parsing=True)
    assert told["roomId"] == ["$matrix_room_id"]
    assert told["deviceId"] == ["$org.matrix.msc3819.matrix_device_id"]
    assert told["bot"] == [BOT]


def test_it_is_put_there_once_and_anew_where_its_address_changed():
    ours = widget.content(HERE, BOT)
    assert done("enable", Sent(ours, BOT))[0] == []
    assert done("enable", Sent({**ours, "url": "https://old.hs"}, BOT))[0] == [ours]
    assert done("enable", Sent({}, BOT))[0] == [ours], "the bot itself took it away"


def test_what_somebody_in_the_room_did_to_it_stays():
    put, told = done("enable", Sent({}, ANA))
    assert put == []
    assert "!voice enable widget" in told
    assert len(done("enable widget", Sent({}, ANA))[0]) == 1
    assert done("enable", Sent({"url": "https://own.hs", "type": "m.custom"}, ANA))[0] == []


def test_where_the_bot_may_not_or_has_no_client_there_is_none():
    put, told = done("enable", events={widget.EVENT: 101})
    assert put == []
    assert "I may not add widgets here (that takes level 101, and I have 100)" in told
    assert "!voice join" in told
    assert not any(isinstance(one, SetState) for one in typed("enable", level=100))


def test_it_goes_with_the_channel_if_it_is_ours():
    ours = widget.content(HERE, BOT)
    assert done("disable", Sent(ours, BOT))[0] == [{}]
    assert done("disable", Sent(ours, ANA))[0] == []
    assert done("disable", Sent({}, BOT))[0] == []
    assert done("disable")[0] == []
    assert done("disable", Sent(ours, BOT), events={widget.EVENT: 101})[0] == []


def test_names_of_events_are_code_as_clients_make_links_of_them():
    def told(**options):
        answers = typed("enable", level=100, **options)
        (told,) = [one.told for one in answers if isinstance(one, MergeState) and one.told]
        return told

    bound = told(bot=50, events={"m.room.power_levels": 100})
    assert "<code>m.room.power_levels</code>" in bound["formatted_body"]
    assert "<code>" not in bound["body"]
    assert "formatted_body" not in told()
