"""Raw events to hints: what each says to us, and that nothing odd breaks the reader."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from haos_voice_bridge.adapters.matrix import join_request, translate
from haos_voice_bridge.adapters.matrix.translate import STALE_MS, matrix_event
from haos_voice_bridge.core.channel import BadField, Channel
from haos_voice_bridge.core.events import (
    BotInvited,
    BotLeft,
    ChannelChanged,
    CommandGiven,
    JoinMalformed,
    JoinRequested,
    MemberLeft,
    RoomNamed,
)
from haos_voice_bridge.core.hints import CameBack, Redacted, WithSettings, WithStanding
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.request import JoinRequest
from tests.adapters.raw import (
    POINT,
    PRIVATE,
    READING,
    TYPES,
    arrival,
    asking,
    event,
    message,
    odd,
    odd_contents,
    state,
)
from tests.fakes.people import ANA, BEN, BOT, NOW, ROOM, standing


def read(raw, **more):
    return matrix_event(READING, arrival(raw, **more))


def requested(hint):
    """The request in a hint that needs the asker's standing."""
    assert isinstance(hint, WithStanding)
    asked = hint.event(standing())
    assert isinstance(asked, JoinRequested)
    return asked.request


# One a type


def test_the_bots_own_membership_is_what_the_room_is_to_us():
    invite = state("m.room.member", {"membership": "invite"}, BOT)
    assert read(invite) == BotInvited("$e", ANA, Role.START)
    assert read(state("m.room.member", {"membership": "join"}, BOT)) == WithSettings("$e")
    for gone in ("leave", "ban"):
        assert read(state("m.room.member", {"membership": gone}, BOT)) == BotLeft(NOW - 100)
    assert read(state("m.room.member", {"membership": "knock"}, BOT)) is None


def test_of_others_only_their_leaving_matters():
    for gone in ("leave", "ban"):
        raw = state("m.room.member", {"membership": gone}, BEN)
        assert read(raw) == MemberLeft("$e", BEN, NOW - 100)
    raw = state("m.room.member", {"membership": "join"}, BEN)
    assert read(raw) == CameBack(BEN), "what they said before may count again"
    for other in ("invite", "knock", None, 7):
        assert read(state("m.room.member", {"membership": other}, BEN)) is None
    assert read(event("m.room.member", {"membership": "leave"})) is None, "no state key"


def test_a_room_name_is_shown_safely():
    assert read(state("m.room.name", {"name": "Lounge"})) == RoomNamed("Lounge")
    assert read(state("m.room.name", {"name": "a\u202eb\nc"})) == RoomNamed("ab c")
    assert read(state("m.room.name", {"name": ["x"]})) == RoomNamed("")
    assert read(state("m.room.name", {"name": "x"}, "key")) is None


def test_channel_settings_are_read_or_named_as_bad():
    changed = read(state("io.haos.voice.channel", {"user_limit": 5}))
    assert changed == ChannelChanged("$e", NOW - 100, Channel(user_limit=5))
    bad = read(state("io.haos.voice.channel", {"user_limit": "five"}))
    assert isinstance(bad, ChannelChanged)
    assert isinstance(bad.channel, BadField)
    assert read(state("io.haos.voice.channel", {}, "other")) is None


def test_a_time_in_the_future_or_none_at_all_is_the_time_of_arrival():
    for said in (NOW + 10**6, 0, -5, None, "yesterday", True, 1.5):
        raw = state("m.room.member", {"membership": "leave"}, BEN, origin_server_ts=said)
        assert read(raw) == MemberLeft("$e", BEN, NOW)


def test_other_events_say_nothing():
    assert read(event("m.reaction", {})) is None
    assert read({}) is None
    assert read(message("!voice", sender=None)) is None
    assert read(message("!voice", event_id=7)) is None


# Commands


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("!voice", ""),
        ("!voice help", "help"),
        ("!VOICE help", "help"),
        ("  !voice   enable  now ", "enable now"),
        ("@voice:hs: help", "help"),
        ("Voice: help", "help"),
        ("@voice, help", "help"),
    ],
)
def test_a_command_begins_with_the_prefix(body, text):
    hint = read(message(body))
    assert isinstance(hint, WithStanding)
    assert hint.user_id == ANA
    assert hint.event(standing()) == CommandGiven("$e", text, standing())


@pytest.mark.parametrize(
    "body", ["!voicemail", "voice help", "x !voice", "", "!", "!voice-help", 7]
)
def test_what_only_looks_like_a_command_counts_in_a_direct_chat_only(body):
    hint = read(message(body))
    assert hint is None or not hint.event(standing()).is_addressed
    assert READING.wants(message(body), in_direct=False) is False


def mentioning(html, body="!voice mute Ben", **more):
    content = {"format": "org.matrix.custom.html", "formatted_body": html, **more}
    raw = message(body)
    return raw | {"content": raw["content"] | content}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('!voice mute <a href="https://matrix.to/#/@ben:hs">Ben</a>', "mute @ben:hs"),
        ('!voice mute <a href="https://matrix.to/#/%40ben%3Ahs">Cleo</a>', "mute @ben:hs"),
        ('<a href="https://matrix.to/#/@voice:hs">Voice</a>: who', "who"),
        ('!voice move Ben to <a href="https://matrix.to/#/%23d:hs">Den</a>', "move Ben to #d:hs"),
        ('!voice move Ben to <a href="https://matrix.to/#/!d?via=hs">Den</a>', "move Ben to !d"),
        ('<mx-reply>@x:hs !voice end</mx-reply>!voice mute <a href="https://matrix.to/#/@ben:hs">'
         "Ben</a>", "mute @ben:hs"),
        ("!voice mute Ben", "mute Ben"),
        ('!voice mute <a href="https://evil.example/#/@ben:hs">Ben</a>', "mute Ben"),
    ],
)  # fmt: skip
def test_a_mention_stands_for_the_user_of_its_link(html, text):
    given = read(mentioning(html)).event(standing())
    assert (given.text, given.is_addressed) == (text, True)


def test_an_edit_is_no_new_command():
    edit = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}}
    assert read(mentioning("!voice end", **edit)) is None


def test_a_command_in_a_thread_is_answered_there():
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}}
    assert read(mentioning("!voice who", **thread)).event(standing()).thread == "$root"


def test_the_quotation_in_front_of_a_reply_is_not_read():
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
    body = "> <@ben:hs> !voice end\n\n!voice who"
    given = read(mentioning("", body, **reply)).event(standing())
    assert given.text == "who"


def test_bots_do_not_answer_bots():
    assert read(message("!voice help", "m.notice")) is None
    assert read(message("!voice help", sender=BOT)) is None


# Requests to join


def test_a_request_in_the_room_is_answered_in_the_room():
    hint = read(event("io.haos.voice.join", asking()))
    assert hint.user_id == ANA
    assert requested(hint) == JoinRequest("$e", "r1", ANA, "DEV", NOW - 100, POINT, "state")
    assert requested(read(event("io.haos.voice.join", asking(media_encryption=True)))).encrypts
    vague = asking(media_encryption="yes")
    assert not requested(read(event("io.haos.voice.join", vague))).encrypts
    privately = read(event("io.haos.voice.join", asking(reply="to_device")))
    assert requested(privately).reply == "to_device"


def test_a_request_from_before_an_outage_is_let_go():
    old = event("io.haos.voice.join", asking(), origin_server_ts=NOW - STALE_MS - 1)
    assert read(old) is None
    young = event("io.haos.voice.join", asking(), origin_server_ts=NOW - STALE_MS)
    assert requested(read(young)).asked_ts == NOW - STALE_MS


def test_a_private_key_is_never_kept():
    request = requested(read(event("io.haos.voice.join", asking(public_key=PRIVATE))))
    assert request.public_key == POINT
    assert PRIVATE["d"] not in repr(request)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="none"),
        pytest.param("key", id="text"),
        pytest.param({}, id="empty"),
        pytest.param({**POINT, "y": POINT["x"]}, id="not on the curve"),
        pytest.param({**POINT, "x": "AA"}, id="too short"),
        pytest.param({**POINT, "x": "*" * 43}, id="not base64"),
        pytest.param({**POINT, "x": 5}, id="number"),
        pytest.param({name: POINT[name] for name in ("kty", "crv", "x")}, id="without y"),
        pytest.param({**POINT, "crv": "P-384"}, id="other curve"),
        pytest.param({**POINT, "kty": "OKP"}, id="other kind"),
        pytest.param(
            ECKey.generate_key("P-384").as_dict(private=False) | {"crv": "P-256"}, id="P-384 point"
        ),
        pytest.param({"kty": "oct", "k": "AA"}, id="symmetric"),
    ],
)
def test_a_key_that_nothing_can_be_sealed_to_is_a_bad_request(key):
    hint = read(event("io.haos.voice.join", asking(public_key=key)))
    assert isinstance(hint, JoinMalformed)
    assert "public_key" in hint.reason
    assert (hint.user_id, hint.device_id, hint.request_id) == (ANA, "DEV", "r1")


@pytest.mark.parametrize("name", ["device_id", "request_id"])
@pytest.mark.parametrize("value", [None, "", 7, [], "x" * 256])
def test_a_request_without_usable_ids_is_a_bad_request(name, value):
    hint = read(event("io.haos.voice.join", asking(**{name: value})))
    assert isinstance(hint, JoinMalformed)
    assert "device_id" in hint.reason


def test_ids_of_the_longest_length_are_taken():
    assert requested(read(event("io.haos.voice.join", asking(device_id="x" * 255))))


def test_a_way_to_answer_that_does_not_exist_is_a_bad_request_answered_in_the_room():
    hint = read(event("io.haos.voice.join", asking(reply="pigeon")))
    assert isinstance(hint, JoinMalformed)
    assert hint.reply == "state"


@pytest.mark.parametrize("reply", [[], {}])
def test_a_way_to_answer_of_an_odd_type_is_a_bad_request(reply):
    assert isinstance(read(event("io.haos.voice.join", asking(reply=reply))), JoinMalformed)


def test_a_membership_of_an_odd_type_says_nothing():
    assert read(state("m.room.member", {"membership": ["leave"]}, BEN)) is None


@pytest.mark.parametrize("reply", ["state", "to_device", "pigeon", None])
def test_who_asks_the_bot_alone_is_answered_alone(reply):
    """An outsider must not be able to make the bot write into a room."""
    raw = {"type": "io.haos.voice.join", "sender": ANA}
    good = arrival({**raw, "content": asking(room_id=ROOM, reply=reply)}, "to_device")
    request = requested(join_request.to_device(good))
    assert (request.cause, request.asked_ts, request.reply) == ("$key", NOW, "to_device")
    bad = arrival({**raw, "content": asking(public_key=None, reply=reply)}, "to_device")
    assert join_request.to_device(bad).reply == "to_device"


def test_a_request_without_a_device_to_answer_is_passed_over():
    raw = {"type": "io.haos.voice.join", "sender": ANA, "content": asking(device_id="")}
    assert join_request.to_device(arrival(raw, "to_device")) is None
    assert join_request.to_device(arrival({**raw, "sender": 7}, "to_device")) is None
    assert join_request.to_device(arrival({**raw, "content": []}, "to_device")) is None


def hashable(content):
    """Lists where a word belongs are bugs of their own, tested above."""
    words = (content.get(name) for name in ("membership", "msgtype", "reply"))
    return not any(isinstance(word, list | dict) for word in words)


@given(
    event_type=st.sampled_from(TYPES),
    content=odd_contents.filter(hashable) | st.lists(odd, max_size=2),
    key=st.sampled_from(["", ANA, BOT, None]),
    key_value=odd,
)
@settings(max_examples=300, deadline=None)
@example("io.haos.voice.join", {"public_key": {"kty": "EC", "crv": "P-256", "x": "\ud800"}}, "", 0)
@example("m.room.name", {"name": "\ud800"}, "", 0)
def test_whatever_people_write_the_reader_goes_on(event_type, content, key, key_value):
    for raw in (
        state(event_type, content, key),
        event(event_type, content),
        state(event_type, content, key_value),
    ):
        read(raw)
        if isinstance(content, dict):
            told = join_request.to_device(arrival({**raw, "type": "io.haos.voice.join"}))
            if isinstance(told, JoinMalformed):
                assert told.reply == "to_device"


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "d", "alg", "use", "key_ops", "kid"]),
        st.sampled_from(["EC", "P-256", POINT["x"], POINT["y"], "sig"]) | odd,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_given_as_a_key_only_the_point_is_kept(value):
    key = join_request.public_key(value)
    assert key is None or key == {name: value[name] for name in ("kty", "crv", "x", "y")}


# Our own notes


def test_our_own_notes_are_read_back():
    found = arrival({"kind": "found"}, "internal")
    assert translate.internal(found) == WithSettings("$key")
    request = JoinRequest("$e~", "r1", ANA, "DEV", NOW, POINT, "to_device")
    said = {
        "kind": "join_again",
        "cause": "$e~",
        "request_id": "r1",
        "user_id": ANA,
        "device_id": "DEV",
        "asked_ts": NOW,
        "public_key": POINT,
        "reply": "to_device",
    }
    assert requested(translate.internal(arrival(said, "internal"))) == request


@pytest.mark.parametrize(
    ("content", "outer", "target"),
    [
        ({"redacts": "$m"}, {}, "$m"),
        ({}, {"redacts": "$m"}, "$m"),
        ({"redacts": "$m"}, {"redacts": "$other"}, "$m"),
        ({}, {}, None),
        ({"redacts": 5}, {}, None),
    ],
)
def test_a_redaction_names_its_target_in_either_place(content, outer, target):
    raw = event("m.room.redaction", content, **outer)
    assert READING.wants(raw, in_direct=False)
    assert read(raw) == (Redacted(target, NOW - 100) if target else None)
