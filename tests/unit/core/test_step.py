import json
from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import GATHER_MS, RETURN_MS, ROSTER_GAP_MS, Active, Idle, Room, due
from haos_voice_bridge.core.channel import BadField, Channel
from haos_voice_bridge.core.effects import (
    CloseMediaRoom,
    JoinRoom,
    LeaveRoom,
    RecordCall,
    RemoveParticipant,
    SendMessage,
    SetSources,
    SetState,
)
from haos_voice_bridge.core.events import (
    BotInvited,
    BotJoined,
    BotLeft,
    ChannelChanged,
    Media,
    MediaChanged,
    MemberLeft,
    RightsSeen,
    RoomNamed,
    RoomUpgraded,
    Tick,
)
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.restraints import Restraint
from haos_voice_bridge.core.step import step
from tests.fakes.people import (
    ANA,
    BEN,
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

SECOND = 1000


def messages(effects):
    return [effect for effect in effects if isinstance(effect, SendMessage)]


def rosters(effects):
    return [effect.content for effect in effects if isinstance(effect, SetState)]


def records(effects):
    return [effect.record for effect in effects if isinstance(effect, RecordCall)]


def tick(room, now):
    return step(room, Tick(), now, SITE)


def test_the_bot_accepts_who_may_start_and_tells_others_why_not():
    _, (accepted,) = play(Room(ROOM), BotInvited("$i", ANA, Role.START))
    assert isinstance(accepted, JoinRoom)
    _, (declined,) = play(Room(ROOM), BotInvited("$i", ANA, Role.JOIN))
    assert isinstance(declined, LeaveRoom)
    assert "permission" in declined.reason


def test_a_call_room_is_a_channel_once_the_bot_is_in():
    room, _ = play(Room(ROOM), BotJoined("$j", "Lounge", "org.matrix.msc3417.call", None))
    assert room.is_channel
    plain, _ = play(Room(ROOM), BotJoined("$j", "Lounge", "", None))
    assert not plain.is_channel


def test_a_bad_setting_is_named_and_the_last_good_ones_stay():
    room, effects = play(
        lounge(user_limit=5), ChannelChanged("$c", NOW, BadField("user_limit", "must be a number"))
    )
    assert room.settings.user_limit == 5
    (notice,) = messages(effects)
    assert "user_limit" in notice.content["body"]
    assert notice.target == "$c"


def test_the_first_to_join_starts_the_call_with_a_card_and_a_roster_at_once():
    room, effects = play(lounge(), joined(ANA))
    assert isinstance(room.call, Active)
    (card,) = messages(effects)
    assert card.content["body"].startswith("Ana started a call. Join: https://voice.hs/")
    assert card.content["msgtype"] == "m.notice"
    assert card.content["m.mentions"] == {}
    (roster,) = rosters(effects)
    assert roster["count"] == 1
    assert roster["participants"][0]["user_id"] == ANA


def test_the_last_to_leave_ends_it_once():
    room, effects = play(
        lounge(),
        joined(ANA),
        joined(BEN, NOW + 10 * SECOND),
        left(ANA, NOW + 60 * SECOND),
        left(BEN, NOW + 12 * 60 * SECOND),
        left(BEN, NOW + 12 * 60 * SECOND),
    )
    assert isinstance(room.call, Idle)
    assert rosters(effects)[-1] == {}
    (record,) = records(effects)
    assert record.ended_ts - record.started_ts == 12 * 60 * SECOND
    assert record.peak == 2
    (end,) = [message for message in messages(effects) if message.relation == "replace"]
    assert end.content["body"] == "Call ended after 12 min: Ana, Ben"
    assert end.target == messages(effects)[0].key
    card = end.content["io.haos.voice.card"]
    assert [(p["user_id"], p["seconds"]) for p in card["participants"]] == [(ANA, 60), (BEN, 710)]


def test_joins_and_leaves_are_gathered_into_one_line_of_the_thread():
    room, _ = play(lounge(), joined(ANA), joined(BEN, NOW + 500))
    room, effects = tick(room, NOW + GATHER_MS - 1)
    assert messages(effects) == []
    room, effects = tick(room, NOW + GATHER_MS)
    (line,) = messages(effects)
    assert line.content["body"] == "Ana and Ben joined."
    assert line.relation == "thread"
    actions = [change["action"] for change in line.content["io.haos.voice.presence"]["changes"]]
    assert actions == ["joined", "joined"]


def test_the_roster_is_written_at_most_every_two_seconds():
    room, effects = play(lounge(), joined(ANA))
    for place in range(1, 20):
        room, more = play(room, joined(f"@u{place}:hs", NOW + place * 100))
        effects += more
    assert len(rosters(effects)) == 1
    room, effects = tick(room, NOW + ROSTER_GAP_MS)
    (roster,) = rosters(effects)
    assert roster["count"] == 20
    assert roster["revision"] == 2
    assert due(room) == NOW + GATHER_MS or due(room) is None


def test_a_drop_and_return_within_30_seconds_is_no_change():
    room, _ = play(lounge(), joined(ANA), joined(BEN, NOW))
    room, _ = tick(room, NOW + GATHER_MS)
    room, effects = play(
        room,
        left(BEN, NOW + 10 * SECOND, "dropped"),
        joined(BEN, NOW + 25 * SECOND, sid="PA_2"),
    )
    room, more = tick(room, NOW + 60 * SECOND)
    assert messages([*effects, *more]) == []
    room, effects = play(
        room, left(BEN, NOW + 70 * SECOND, sid="PA_2"), left(ANA, NOW + 70 * SECOND)
    )
    (record,) = records(effects)
    assert [(s.user_id, s.left_ts - s.joined_ts) for s in record.spans] == [
        (BEN, 70 * SECOND),
        (ANA, 70 * SECOND),
    ]


def test_who_dropped_is_out_of_the_roster_at_once_and_out_of_the_call_after_30_seconds():
    room, _ = play(lounge(), joined(ANA), joined(BEN))
    room, effects = play(room, left(BEN, NOW + 10 * SECOND, "dropped"))
    assert rosters(effects)[-1]["count"] == 1
    room, effects = tick(room, NOW + 10 * SECOND + RETURN_MS)
    room, more = tick(room, NOW + 10 * SECOND + RETURN_MS + GATHER_MS)
    assert messages([*effects, *more])[-1].content["body"] == "Ben lost the connection."


def test_a_call_whose_last_one_drops_ends_when_they_dropped():
    room, _ = play(lounge(), joined(ANA), left(ANA, NOW + 60 * SECOND, "dropped"))
    assert isinstance(room.call, Active)
    room, effects = tick(room, NOW + 60 * SECOND + RETURN_MS)
    assert isinstance(room.call, Idle)
    (record,) = records(effects)
    assert record.ended_ts == NOW + 60 * SECOND


def test_who_is_missed_before_we_hear_that_they_left_has_left_at_once():
    room, _ = play(lounge(), joined(ANA), left(ANA, NOW + 60 * SECOND, "dropped"))
    room, effects = play(room, left(ANA, NOW + 60 * SECOND + 20))
    assert isinstance(room.call, Idle)
    assert "left" in str(messages(effects)[-2].content["body"])


def test_a_call_that_is_told_backwards_is_still_told():
    room, effects = play(lounge(), left(ANA, NOW + 3 * SECOND), joined(ANA, NOW))
    room, more = tick(room, NOW + 3 * SECOND + RETURN_MS)
    assert isinstance(room.call, Idle)
    (record,) = records(more)
    assert record.ended_ts - record.started_ts == 3 * SECOND
    keys = [message.key.partition(":")[0] for message in messages([*effects, *more])]
    assert keys == ["card", "presence", "end"]


def test_late_news_of_a_replaced_connection_does_not_bring_it_back():
    room, _ = play(lounge(), joined(ANA, NOW + 10 * SECOND, sid="PA_2"))
    after, effects = play(room, joined(ANA, NOW, sid="PA_1"))
    assert after.call.present("@ana:hs:DEV").sid == "PA_2"
    assert not [e for e in effects if isinstance(e, SendMessage)]


def test_who_was_missed_late_left_when_they_say_they_left():
    room, _ = play(lounge(), joined(ANA), joined(BEN), left(BEN, NOW + 20 * SECOND, "dropped"))
    room, _ = play(room, left(BEN, NOW + 5 * SECOND))
    assert [span.left_ts for span in room.call.spans] == [NOW + 5 * SECOND]


def test_stays_of_one_device_do_not_overlap():
    room, _ = play(lounge(), joined(ANA), joined(BEN), left(BEN, NOW + 10 * SECOND))
    room, _ = play(room, joined(BEN, NOW + 8 * SECOND, sid="PA_2"))
    assert room.call.present("@ben:hs:DEV").since == NOW + 10 * SECOND


def test_news_of_an_older_connection_changes_nothing():
    room, _ = play(lounge(), joined(ANA, sid="PA_1"), joined(ANA, NOW + SECOND, sid="PA_2"))
    after, effects = play(room, left(ANA, NOW + SECOND, sid="PA_1"))
    assert after.call == room.call
    assert effects == []


def test_two_devices_of_a_user_are_two_participants_and_one_person():
    _, effects = play(
        lounge(),
        joined(ANA, device="A"),
        joined(ANA, device="B"),
        left(ANA, NOW + 30 * SECOND, device="A"),
        left(ANA, NOW + 60 * SECOND, device="B"),
    )
    (record,) = records(effects)
    assert record.peak == 2
    assert messages(effects)[-1].content["body"] == "Call ended after 1 min: Ana"


def test_who_is_kicked_from_the_matrix_room_loses_connection_and_token():
    room, _ = play(lounge(), joined(ANA), joined(BEN), asks(standing(BEN, level=0), device="B2"))
    room, effects = play(room, MemberLeft("$kick", BEN, NOW + SECOND))
    assert [e.identity for e in effects if isinstance(e, RemoveParticipant)] == ["@ben:hs:DEV"]
    assert room.admissions == ()
    assert [p.user_id for p in room.call.participants] == [ANA]


def test_an_old_token_of_somebody_without_the_right_is_thrown_out_on_arrival():
    gone = standing(BEN, membership="leave")
    room, effects = play(lounge(), joined(ANA), joined(BEN, who=gone))
    assert [e.identity for e in effects if isinstance(e, RemoveParticipant)] == ["@ben:hs:DEV"]
    assert len(room.call.participants) == 1


def test_a_locked_channel_throws_out_who_was_not_let_in_before():
    room, _ = play(lounge(), asks(standing(BEN)), joined(ANA))
    room = replace(room, channel=Channel(locked=True))
    after, effects = play(room, joined(BEN))
    assert not [e for e in effects if isinstance(e, RemoveParticipant)]
    assert after.call.present("@ben:hs:DEV")
    _, effects = play(room, joined("@eve:hs"))
    assert [e.identity for e in effects if isinstance(e, RemoveParticipant)] == ["@eve:hs:DEV"]


def test_switching_the_channel_off_ends_the_call():
    room, _ = play(lounge(), joined(ANA))
    room, effects = play(room, ChannelChanged("$off", NOW + 5 * SECOND, Channel(enabled=False)))
    assert isinstance(room.call, Idle)
    assert any(isinstance(effect, CloseMediaRoom) for effect in effects)
    assert records(effects)[0].ended_how == "disabled"


def test_a_removed_bot_leaves_a_history_row_and_no_open_call():
    room, _ = play(lounge(), joined(ANA))
    room, effects = play(room, BotLeft(NOW + 5 * SECOND))
    assert records(effects)[0].ended_how == "bot_removed"
    assert any(isinstance(effect, CloseMediaRoom) for effect in effects)
    assert messages(effects) == []
    assert room.bot == "absent"


def rights(*standings):
    return RightsSeen("$levels", NOW + SECOND, standings)


def test_a_right_taken_during_a_call_is_taken_at_once():
    room, effects = play(lounge(), asks(standing()), joined(ANA))
    assert not [e for e in effects if isinstance(e, SetSources)], "the token had them already"
    muted = standing(events={"io.haos.voice.speak": 50})
    room, effects = play(room, rights(muted))
    (change,) = [e for e in effects if isinstance(e, SetSources)]
    assert "microphone" not in change.sources
    assert play(room, rights(muted))[1] == [], "told once"
    _, effects = play(room, rights(standing()))
    assert "microphone" in effects[0].sources


def test_a_token_older_than_the_rights_is_cut_on_arrival():
    room, _ = play(lounge(), asks(standing()))
    _, effects = play(room, joined(ANA, who=standing(events={"io.haos.voice.video": 50})))
    (change,) = [e for e in effects if isinstance(e, SetSources)]
    assert "camera" not in change.sources


def test_who_may_not_join_any_more_is_taken_out():
    room, _ = play(lounge(), joined(ANA), joined(BEN))
    barred = standing(BEN, events={"io.haos.voice.join": 50})
    room, effects = play(room, rights(barred))
    assert [e.identity for e in effects if isinstance(e, RemoveParticipant)] == ["@ben:hs:DEV"]
    assert [p.user_id for p in room.call.participants] == [ANA]


def test_what_a_removed_bot_could_not_say_it_says_when_it_is_back():
    room, _ = play(lounge(), joined(ANA), BotLeft(NOW + 5 * SECOND))
    room, effects = play(room, BotJoined("$back", "Lounge", "", Channel(), has_roster=True))
    line, end = messages(effects)
    assert line.content["body"] == "Ana joined. Ana left."
    assert end.content["io.haos.voice.card"]["state"] == "ended"
    assert rosters(effects) == [{}]
    assert play(room, BotJoined("$again", "Lounge", "", Channel()))[1] == []


def test_who_was_muted_stays_muted_in_the_room_that_follows():
    muted = (Restraint(BEN, muted=True),)
    new, _ = play(Room("!new:hs"), BotJoined("$j", "Lounge", "", None, restraints=muted))
    assert new.restraints == muted
    freed = replace(new, restraints=(Restraint(ANA, muted=True),))
    again, _ = play(freed, BotJoined("$k", "Lounge", "", None, restraints=muted))
    assert again.restraints == freed.restraints, "what holds here by now counts"


def test_an_upgraded_room_takes_its_channel_along():
    room, _ = play(lounge(user_limit=5), joined(ANA))
    room, effects = play(room, RoomUpgraded("$t", "!new:hs"))
    (follow,) = effects
    assert follow.replacement == "!new:hs"
    _, (inherited,) = play(
        Room("!new:hs"), BotJoined("$j", "Lounge", "", None, inherited=room.settings)
    )
    assert inherited.content["user_limit"] == 5
    assert isinstance(room.call, Active), "a running call goes on"
    assert not room.is_channel
    assert play(room, RoomUpgraded("$t", "!new:hs"))[1] == []
    _, effects = play(room, rights(standing()))
    assert not [e for e in effects if isinstance(e, RemoveParticipant)]


def test_element_users_may_hold_a_call_in_a_room_that_is_no_channel():
    room, _ = play(Room(ROOM), BotJoined("$j", "Lounge", "", None), joined(ANA))
    assert isinstance(room.call, Active)


def test_media_state_is_shown_in_the_roster():
    room, _ = play(lounge(), joined(ANA))
    shown = MediaChanged("@ana:hs:DEV", "PA_@ana:hs:DEV", Media(muted=False, video=True))
    room, _ = play(room, shown)
    _, effects = tick(room, NOW + ROSTER_GAP_MS)
    entry = rosters(effects)[-1]["participants"][0]
    assert (entry["muted"], entry["video"]) == (False, True)


def test_a_quiet_channel_writes_nothing_into_the_timeline():
    room, effects = play(lounge(timeline="quiet"), joined(ANA))
    room, more = tick(room, NOW + GATHER_MS)
    room, last = play(room, left(ANA, NOW + 60 * SECOND))
    assert messages([*effects, *more, *last]) == []
    assert len(records(last)) == 1


def test_a_channel_with_cards_only_has_no_lines():
    _, effects = play(lounge(timeline="card"), joined(ANA), joined(BEN), left(BEN, NOW + SECOND))
    assert len(messages(effects)) == 1


def test_a_roster_of_500_fits_into_an_event_and_counts_all():
    room = lounge()
    for place in range(500):
        room, _ = play(room, joined(f"@{'u' * 200}{place}:example.com", NOW))
    _, effects = tick(room, NOW + ROSTER_GAP_MS)
    (roster,) = rosters(effects)
    assert roster["count"] == 500
    assert 100 < len(roster["participants"]) < 500
    assert len(json.dumps(roster, separators=(",", ":"))) < 61_440


def test_the_end_of_a_call_of_500_fits_into_an_edit():
    room = lounge()
    users = [f"@{'u' * 200}{place}:example.com" for place in range(500)]
    for user_id in users:
        room, _ = play(room, joined(user_id, NOW))
    for user_id in users:
        room, effects = play(room, left(user_id, NOW + 60 * SECOND))
    end = messages(effects)[-1]
    edit = contents.related(end.content, "replace", "$card")
    assert len(json.dumps(edit)) < 61_440
    assert "and 480 more" in end.content["body"]
    assert len(records(effects)[0].spans) == 500


def test_a_clock_that_jumps_back_does_not_hold_the_roster_back():
    room, _ = play(lounge(), joined(ANA))
    room, _ = step(room, joined(BEN, NOW - 3_600_000), NOW - 3_600_000, SITE)
    assert due(room) <= NOW - 3_600_000 + ROSTER_GAP_MS


def test_a_renamed_room_is_called_by_its_new_name():
    room, _ = play(lounge(), RoomNamed("Attic"))
    assert room.title == "Attic"
