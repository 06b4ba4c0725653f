-- A database of version 4: its schema as that version made it, and rows in every table.
-- SERIAL_KEY stands for each kind's own key that counts. Never change this file: add the next.

CREATE TABLE database_owner (
    key   INTEGER PRIMARY KEY DEFAULT 0,
    owner TEXT NOT NULL
);
INSERT INTO database_owner (key, owner) VALUES (0, 'haos-voice-bridge');

CREATE TABLE version (
    version INTEGER PRIMARY KEY
);
INSERT INTO version (version) VALUES (4);

CREATE TABLE inbox (
    seq SERIAL_KEY,
    key TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL,
    source TEXT NOT NULL,
    payload TEXT NOT NULL,
    received_ts BIGINT NOT NULL,
    status SMALLINT NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX inbox_waiting ON inbox (room_id, seq) WHERE status = 0;
CREATE INDEX inbox_received ON inbox (received_ts) WHERE status <> 0;
CREATE TABLE rooms (
    room_id TEXT PRIMARY KEY,
    livekit_room TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    in_call BOOLEAN NOT NULL,
    due_ts BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    direct_user TEXT NOT NULL DEFAULT ''
);
CREATE INDEX rooms_in_call ON rooms (room_id) WHERE in_call;
CREATE TABLE outbox (
    seq SERIAL_KEY,
    room_id TEXT NOT NULL,
    key TEXT NOT NULL,
    queue TEXT NOT NULL,
    slot TEXT,
    effect TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    status SMALLINT NOT NULL DEFAULT 0,
    error TEXT,
    owed_ts BIGINT NOT NULL,
    UNIQUE (room_id, key)
);
CREATE INDEX outbox_owed ON outbox (room_id, queue, seq) WHERE status = 0;
CREATE TABLE sent (
    room_id TEXT NOT NULL,
    key TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (room_id, key)
);
CREATE TABLE calls (
    call_id TEXT PRIMARY KEY,
    room_id TEXT NOT NULL,
    started_ts BIGINT NOT NULL,
    ended_ts BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    peak INTEGER NOT NULL,
    ended_how TEXT NOT NULL
);
CREATE INDEX calls_of_room ON calls (room_id, started_ts);
CREATE TABLE call_spans (
    call_id TEXT NOT NULL REFERENCES calls (call_id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    name TEXT NOT NULL,
    joined_ts BIGINT NOT NULL,
    left_ts BIGINT NOT NULL
);
CREATE INDEX call_spans_of_call ON call_spans (call_id);
CREATE INDEX call_spans_of_user ON call_spans (user_id);
CREATE TABLE statuses (user_id TEXT PRIMARY KEY, before TEXT NOT NULL, shown TEXT NOT NULL);
CREATE INDEX calls_by_start ON calls (started_ts, call_id);
CREATE TABLE people (user_id TEXT PRIMARY KEY, quiet BOOLEAN NOT NULL);
CREATE TABLE delayed_leaves (
    alias TEXT NOT NULL,
    identity TEXT NOT NULL,
    server_name TEXT NOT NULL,
    delay_id TEXT NOT NULL,
    timeout_ms BIGINT NOT NULL,
    restarted_ts BIGINT NOT NULL,
    connected BOOLEAN NOT NULL,
    PRIMARY KEY (alias, identity)
);
CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE links (
    code_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_ts BIGINT NOT NULL,
    used_ts BIGINT,
    revoked BOOLEAN NOT NULL DEFAULT false
);
CREATE INDEX links_of_user ON links (user_id, room_id);
CREATE TABLE sessions (
    session_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id, room_id);

INSERT INTO inbox (key, room_id, source, payload, received_ts, status, error) VALUES
    ('$handled', '!lounge:hs', 'matrix', '', 1790000000000, 1, NULL),
    ('$dropped', '!lounge:hs', 'matrix', '{"type":"m.room.message"}', 1790000000001, 2, 'KeyError: ''x'''),
    ('$waits', '!lounge:hs', 'matrix',
     '{"type":"m.room.message","event_id":"$waits","content":{"body":"it''s 😀"}}', 1790000071000, 0, NULL),
    ('EV_1', '!lounge:hs', 'livekit', '{"event":"participant_left","id":"EV_1"}', 1790000072000, 0, NULL);

INSERT INTO rooms (room_id, livekit_room, state, in_call, due_ts, version, direct_user) VALUES
    ('!lounge:hs', 'H+se6X1tdndwtEDkglfBKI+G9tL9FHj8g/RG0b4TOkQ',
     '{"room_id":"!lounge:hs","bot":"joined","name":"Lounge","room_type":"","channel":{"enabled":true,"kind":"voice","user_limit":3,"bitrate":64000,"status":"","locked":false,"ring":"dm","timeline":"thread","afk_timeout":0},"is_call_room":false,"admissions":[{"identity":"@ben:hs:DEV","user_id":"@ben:hs","until":1790000090000,"sources":["microphone"],"can_hear":true,"is_sure":true,"origin":null}],"asked":[{"user_id":"@ben:hs","at":1790000071000}],"call":{"call_id":"01M3250V00C2XKG7S5XQ7EM8F2","started_ts":1790000000000,"started_by":"@ana:hs","started_name":"Ana","timeline":"thread","participants":[{"identity":"@ana:hs:DEV","sid":"PA_@ana:hs:DEV","user_id":"@ana:hs","device_id":"DEV","name":"Ana","since":1790000000000,"media":{"muted":true,"deafened":false,"video":false,"screen":false,"hand":false},"sources":["microphone","camera","screen_share","screen_share_audio"],"connected":1790000000000,"can_hear":true}],"dropped":[{"participant":{"identity":"@cleo:hs:DEV","sid":"PA_@cleo:hs:DEV","user_id":"@cleo:hs","device_id":"DEV","name":"Cleo","since":1790000062000,"media":{"muted":true,"deafened":false,"video":false,"screen":false,"hand":false},"sources":["microphone","camera","screen_share","screen_share_audio"],"connected":1790000062000,"can_hear":true},"at":1790000070000}],"spans":[{"user_id":"@ben:hs","device_id":"DEV","name":"Ben","joined_ts":1790000001000,"left_ts":1790000061000}],"peak":2,"revision":3,"roster_ts":1790000070000,"roster_due":null,"changes":[],"changes_due":null,"lines":2,"rings":[],"ring_plan":null,"edits":0,"kind":"active"},"calls":4,"version":0,"moved_to":"","unsaid":[],"endings":[],"typed":[],"direct":"","greeted":false,"rung":[],"restraints":[],"used":[],"moves":[],"encrypted":false,"told_unreadable":false}',
     TRUE, 1790000100000, 7, ''),
    ('!idle:hs', 'Z9Ho/WyiNLqz7Y8XE+zh7S6syxIBv/nLj1NKxgCI/os',
     '{"room_id":"!idle:hs","bot":"joined","name":"It''s quiet","room_type":"","channel":{"enabled":true,"kind":"voice","user_limit":0,"bitrate":64000,"status":"","locked":false,"ring":"dm","timeline":"thread","afk_timeout":0},"is_call_room":false,"admissions":[],"asked":[],"call":{"kind":"idle"},"calls":2,"version":0,"moved_to":"","unsaid":[],"endings":[],"typed":[],"direct":"","greeted":false,"rung":[],"restraints":[],"used":[],"moves":[],"encrypted":false,"told_unreadable":false}',
     FALSE, NULL, 1, '@ana:hs');

-- One effect of each kind that version 4 knew, and one that was parked.
INSERT INTO outbox (room_id, key, queue, slot, effect, owed_ts) VALUES
    ('!lounge:hs', 'join:$1', 'matrix', NULL,
     '{"key":"join:$1","kind":"join_room"}', 1790000070000),
    ('!lounge:hs', 'leave:$1', 'matrix', NULL,
     '{"key":"leave:$1","reason":"bye","kind":"leave_room"}', 1790000070000),
    ('!lounge:hs', 'card:C1', 'matrix', NULL,
     '{"key":"card:C1","content":{"msgtype":"m.notice","body":"It''s on"},"relation":"thread","target":"card:C0","thread":"","kind":"send_message"}', 1790000070000),
    ('!lounge:hs', 'roster:1', 'matrix', 'io.haos.voice.call|',
     '{"key":"roster:1","event_type":"io.haos.voice.call","state_key":"","content":{"revision":1},"kind":"set_state"}', 1790000070000),
    ('!lounge:hs', 'merge:1', 'matrix', NULL,
     '{"key":"merge:1","event_type":"m.room.power_levels","state_key":"","changes":{"events":{"a":0}},"reply_to":"$cmd","told":{"body":"done"},"thread":"","kind":"merge_state"}', 1790000070000),
    ('!lounge:hs', 'admit:$join', 'matrix', NULL,
     '{"key":"admit:$join","request":{"cause":"$join","request_id":"r1","user_id":"@ben:hs","device_id":"DEV","asked_ts":1790000000000,"public_key":{"kty":"EC","crv":"P-256","x":"x","y":"y"},"reply":"state"},"name":"Ben","sources":["microphone"],"call_id":"C1","until":1790000010000,"can_hear":true,"kind":"admit"}', 1790000070000),
    ('!lounge:hs', 'refuse:$join', 'matrix', NULL,
     '{"key":"refuse:$join","user_id":"@ben:hs","device_id":"DEV","request_id":"r1","to_device":false,"refusal":{"code":"FULL","message":"full","retry_after_ms":0},"kind":"refuse"}', 1790000070000),
    ('!lounge:hs', 'upgrade:1', 'matrix', NULL,
     '{"key":"upgrade:1","replacement":"!new:hs","kind":"follow_upgrade"}', 1790000070000),
    ('!lounge:hs', 'sources:1', 'media', NULL,
     '{"key":"sources:1","identity":"@ana:hs:DEV","sources":["microphone","camera"],"can_hear":true,"kind":"set_sources"}', 1790000070000),
    ('!lounge:hs', 'remove:1', 'media', NULL,
     '{"key":"remove:1","identity":"@ben:hs:DEV","kind":"remove_participant"}', 1790000070000),
    ('!lounge:hs', 'close:1', 'media', NULL,
     '{"key":"close:1","kind":"close_media_room"}', 1790000070000),
    ('!lounge:hs', 'status:@ana:hs:1', 'status', 'status|@ana:hs',
     '{"key":"status:@ana:hs:1","user_id":"@ana:hs","text":"In voice: Lounge","kind":"show_status"}', 1790000070000),
    ('!lounge:hs', 'clear:@ben:hs:1', 'status', 'status|@ben:hs',
     '{"key":"clear:@ben:hs:1","user_id":"@ben:hs","kind":"clear_status"}', 1790000070000),
    ('!lounge:hs', 'ring:1', 'matrix', NULL,
     '{"key":"ring:1","event_type":"org.matrix.msc4075.rtc.notification","content":{"notification_type":"ring"},"target":"card:C0","until":1790000100000,"kind":"send_event"}', 1790000070000),
    ('!lounge:hs', 'missed:1', 'direct', NULL,
     '{"key":"missed:1","user_id":"@ben:hs","content":{"body":"You missed a call"},"kind":"send_direct"}', 1790000070000),
    ('!lounge:hs', 'decline:1', 'matrix', NULL,
     '{"key":"decline:1","room_id":"!idle:hs","user_id":"@ben:hs","at":1790000070000,"kind":"decline_elsewhere"}', 1790000070000),
    ('!lounge:hs', 'quiet:1', 'matrix', NULL,
     '{"key":"quiet:1","user_id":"@ben:hs","quiet":true,"kind":"set_quiet"}', 1790000070000),
    ('!lounge:hs', 'link:1', 'direct', NULL,
     '{"key":"link:1","user_id":"@ben:hs","name":"Ben","room_name":"Lounge","reply_to":"$cmd","thread":"$thread","kind":"send_link"}', 1790000070000),
    ('!lounge:hs', 'revoke:1', 'direct', NULL,
     '{"key":"revoke:1","user_id":"@ben:hs","reply_to":"$cmd","thread":"","kind":"revoke_links"}', 1790000070000),
    ('!lounge:hs', 'create:1', 'direct', NULL,
     '{"key":"create:1","by":"@ben:hs","name":"Den","space":"!space:hs","reply_to":"$cmd","thread":"","kind":"create_channel"}', 1790000070000),
    ('!lounge:hs', 'tell:1', 'media', NULL,
     '{"key":"tell:1","room_id":"!idle:hs","note":{"kind":"move_told"},"kind":"tell_room"}', 1790000070000),
    ('!lounge:hs', 'push:1', 'media', NULL,
     '{"key":"push:1","identity":"@ben:hs:DEV","name":"Ben","from_room_id":"!idle:hs","room_name":"Lounge","sources":["microphone"],"can_hear":true,"call_id":"C1","until":1790000100000,"kind":"push_token"}', 1790000070000),
    ('!lounge:hs', 'examine:1', 'report', NULL,
     '{"key":"examine:1","reply_to":"$cmd","thread":"","kind":"examine"}', 1790000070000),
    ('!lounge:hs', 'echo:1', 'media', NULL,
     '{"key":"echo:1","echo":"echo:@ana:hs:DEV","listener":"@ana:hs:DEV","reply_to":"$cmd","thread":"","stop":"!voice echo stop","kind":"start_echo"}', 1790000070000),
    ('!lounge:hs', 'stop:1', 'media', NULL,
     '{"key":"stop:1","echo":"echo:@ana:hs:DEV","kind":"stop_echo"}', 1790000070000);
INSERT INTO outbox (room_id, key, queue, effect, attempts, status, error, owed_ts) VALUES
    ('!idle:hs', 'parked', 'matrix',
     '{"key":"parked","content":{"body":"no"},"relation":null,"target":"","thread":"","kind":"send_message"}',
     3, 2, 'M_FORBIDDEN no', 1790000000000);

INSERT INTO sent (room_id, key, event_id) VALUES ('!lounge:hs', 'card:C0', '$card');

INSERT INTO calls (call_id, room_id, started_ts, ended_ts, started_by, peak, ended_how) VALUES
    ('C1', '!idle:hs', 1780000000000, 1780000600000, '@ana:hs', 2, 'empty'),
    ('C2', '!idle:hs', 1780001000000, 1780001001000, '@ben:hs', 1, 'bot_removed');
INSERT INTO call_spans (call_id, user_id, device_id, name, joined_ts, left_ts) VALUES
    ('C1', '@ana:hs', 'PHONE', 'Ana', 1780000000000, 1780000600000),
    ('C1', '@ben:hs', 'DEV', 'Ben O''Neil', 1780000001000, 1780000061000),
    ('C2', '@ben:hs', 'DEV', 'Ben O''Neil', 1780001000000, 1780001001000);

INSERT INTO statuses (user_id, before, shown) VALUES ('@ana:hs', 'It''s ☕', 'In voice: Lounge');
INSERT INTO people (user_id, quiet) VALUES ('@cleo:hs', TRUE);
INSERT INTO delayed_leaves
    (alias, identity, server_name, delay_id, timeout_ms, restarted_ts, connected) VALUES
    ('H+se6X1tdndwtEDkglfBKI+G9tL9FHj8g/RG0b4TOkQ', '@ana:hs:DEV', 'hs', 'syd_0', 18000,
     1790000060000, TRUE);
INSERT INTO flags (name, value) VALUES ('draining', '');
INSERT INTO links (code_hash, user_id, room_id, name, expires_ts, used_ts, revoked) VALUES
    ('c1', '@ben:hs', '!lounge:hs', 'Ben O''Neil', 1790000600000, NULL, FALSE),
    ('c2', '@ben:hs', '!idle:hs', 'Ben O''Neil', 1790000600000, 1790000001000, TRUE);
INSERT INTO sessions (session_hash, user_id, device_id, room_id, name, expires_ts) VALUES
    ('s1', '@ben:hs', 'LINK1', '!lounge:hs', 'Ben O''Neil', 1790043200000);
