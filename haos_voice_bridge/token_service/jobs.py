"""A delayed leave that a client handed over, as a state machine. Pure: no IO, no clock.

    Waiting ──the participant is there──▶ Connected ──it is gone──▶ Leaving ──sent──▶ Over
       └──────────────never came───────────────────────────────────────▲

While it is there, the homeserver is told at 80 % of the delay to start the delay anew (MSC4140);
once it is gone, to send the leave now. All times are ms since the epoch. One request is under way
at a time: `due` says which and when, `step` takes in what became of it and what the SFU tells.
"""

from dataclasses import dataclass, replace
from typing import Literal

WAIT_MS = 3_600_000
"""A membership event is gone by then (sticky events last an hour): a later leave is of no use."""
LOOK_MS = 1_000
"""The first pause before somebody is looked for, or something is tried, once more."""
LONGEST_PAUSE_MS = 60_000
LAST_TRY_MS = 1_000
"""A leave is tried for this long at least, also where the homeserver's own time is up."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is stored of a job. `alias` and `identity` are LiveKit's names, and together its key.

    Attributes:
        restarted_ts: When the delay began last, as far as we know.
        connected: Whether the participant was there at some time.
    """

    alias: str
    identity: str
    server_name: str
    delay_id: str
    timeout_ms: int
    restarted_ts: int
    connected: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """There is one job for each."""
        return self.alias, self.identity

    @property
    def until(self) -> int:
        """When the homeserver sends the leave by itself."""
        return self.restarted_ts + self.timeout_ms


@dataclass(frozen=True, slots=True)
class Waiting:
    """The participant is not on the SFU yet; `gone` is a connection of which the end is known."""

    job: Job
    until: int
    look_at: int
    looks: int = 0
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """The participant is there; `sid` names the connection, where it is known.

    Attributes:
        restart_at: When the delay is to be started anew.
        tries: How often that failed since it worked last.
        look_at: When to see whether the participant is still there; None: its webhook is trusted.
    """

    job: Job
    sid: str
    restart_at: int
    look_at: int | None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """The leave is to be sent; it is tried until `until`. `gone` is the connection that ended."""

    job: Job
    until: int
    send_at: int
    tries: int = 0
    gone: str = ""


Ending = Literal["sent", "gone", "late"]
"""The leave was sent; the homeserver no longer has it; nothing worked in time."""


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is left to do, and the job is forgotten."""

    job: Job
    how: Ending


State = Waiting | Connected | Leaving | Over


# What happens to a job


@dataclass(frozen=True, slots=True)
class Arrived:
    """The SFU says that the participant is there, or it was found there."""

    sid: str = ""


@dataclass(frozen=True, slots=True)
class Departed:
    """The SFU says that this connection ended."""

    sid: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """It was looked for, and is not there."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It was looked for, but the SFU does not answer."""


@dataclass(frozen=True, slots=True)
class Done:
    """The homeserver did what it was asked."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The homeserver has no such delayed event (any more)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work, and may work later; `wait_ms`: not before, says the homeserver."""

    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = Arrived | Departed | Absent | Unknown | Done | NotFound | Failed | Tick
Request = Literal["look", "restart", "send"]


def begin(job: Job) -> State:
    """A job that was just handed over, or restored after a restart of ours."""
    until = min(job.until, job.restarted_ts + WAIT_MS)
    return Waiting(job, until, look_at=0)


def due(state: State) -> tuple[int, Request | None]:
    """The next moment at which something is to be done, and what; None: a `Tick` is enough."""
    match state:
        case Waiting():
            if state.look_at < state.until:
                return state.look_at, "look"
            return state.until, None
        case Connected():
            if state.look_at is not None and state.look_at < state.restart_at:
                return state.look_at, "look"
            return state.restart_at, "restart"
        case Leaving():
            return state.send_at, "send"
        case Over():
            raise AssertionError("a job that is over has nothing to do")


def step(state: State, event: Event, now: int, sanity_ms: int) -> State:
    """What becomes of a job.

    Args:
        state: What it is.
        event: What happened, or what came of a request.
        now: The moment.
        sanity_ms: How often to look for a connected participant; 0: never.
    """
    match state:
        case Waiting():
            return _waiting(state, event, now, sanity_ms)
        case Connected():
            return _connected(state, event, now, sanity_ms)
        case Leaving():
            return _leaving(state, event, now, sanity_ms)
        case Over():
            return state


def _waiting(state: Waiting, event: Event, now: int, sanity_ms: int) -> State:
    match event:
        case Arrived() if not event.sid or event.sid != state.gone:
            return _connect(state.job, event.sid, now, sanity_ms)
        case Absent() if state.job.connected:
            return _leave(state.job, now)  # it was there before our restart
        case Absent() | Unknown() if now < state.until:
            looks = state.looks + 1
            return replace(state, looks=looks, look_at=now + _pause(looks))
        case Departed() if now < state.until:
            # Of an earlier connection, perhaps: a device's legacy identity stays the same.
            return replace(state, look_at=now, gone=event.sid)
        case _:
            return _leave(state.job, now) if now >= state.until else state


def _connected(  # noqa: PLR0911 (one an event)
    state: Connected, event: Event, now: int, sanity_ms: int
) -> State:
    job = state.job
    match event:
        case Arrived():
            look_at = now + sanity_ms if sanity_ms else None
            return replace(state, sid=event.sid or state.sid, look_at=look_at)
        case Departed() if state.sid and event.sid and event.sid != state.sid:
            return state  # another connection took its place
        case Departed() | Absent():
            return replace(_leave(job, now), gone=state.sid)
        case Unknown():
            return replace(state, look_at=now + (sanity_ms or LONGEST_PAUSE_MS))
        case Done():
            job = replace(job, restarted_ts=now)
            return replace(state, job=job, tries=0, restart_at=now + job.timeout_ms * 8 // 10)
        case NotFound():
            return Over(job, "gone")
        case Failed():
            if now >= job.until:
                return Over(job, "late")
            tries = state.tries + 1
            pause = max(_pause(tries), event.wait_ms)
            return replace(state, tries=tries, restart_at=min(now + pause, job.until))
        case Tick():
            return state


def _leaving(state: Leaving, event: Event, now: int, sanity_ms: int) -> State:
    match event:
        case Done() | NotFound():  # not there: it was sent before, by us or by itself
            return Over(state.job, "sent")
        case Failed():
            if now >= state.until:
                return Over(state.job, "late")
            tries = state.tries + 1
            pause = max(_pause(tries), event.wait_ms)
            return replace(state, tries=tries, send_at=min(now + pause, state.until))
        case Arrived() if event.sid != state.gone:  # not late news of what ended since
            return _connect(state.job, event.sid, now, sanity_ms)  # back before it was sent
        case _:
            return state


def _connect(job: Job, sid: str, now: int, sanity_ms: int) -> Connected:
    # At once: nobody knows how much of the delay was over when the job was handed over.
    look_at = now + sanity_ms if sanity_ms else None
    return Connected(replace(job, connected=True), sid, restart_at=now, look_at=look_at)


def _leave(job: Job, now: int) -> Leaving:
    until = min(max(job.until, now + LAST_TRY_MS), now + WAIT_MS)
    return Leaving(job, until, send_at=now)


def _pause(tries: int) -> int:
    return min(LONGEST_PAUSE_MS, int(LOOK_MS * 1.5 ** (min(tries, 20) - 1)))
