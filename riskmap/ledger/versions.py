"""Versions of a hidden danger: how one is read, and how the next is appended.

A version is a row of the record kind `hidden_dangers` (what holds from `held_from` on, learnt at
`learnt_at`) with its step in `danger_steps` (who did what). Nothing is updated. A correction of a
fact states every earlier period again, so that a past moment is read with the corrected fact and
the state it then had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.policy import Subject
from riskmap.canonical import canonical_text
from riskmap.errors import NotFoundError
from riskmap.ledger.states import STATE_ZH, State
from riskmap.ledger.tables import danger_photos, danger_steps
from riskmap.storage.database import RECORD_COLUMNS, deliveries, record_tables

KIND = "hidden_dangers"
COLUMNS = tuple(RECORD_COLUMNS[KIND])
LEDGER_FILE = "ledger"
"""File name of the deliveries that the ledger itself makes."""

_TABLE = record_tables[KIND]
_WORDS: Mapping[str, State] = {
    **{str(state): state for state in State},
    **{text: state for state, text in STATE_ZH.items()},
    **{text.removeprefix("已"): state for state, text in STATE_ZH.items()},
    **dict.fromkeys(("未整改", "待整改", "整改中"), State.ASSIGNED),
    **dict.fromkeys(("待复查", "整改完成"), State.RECTIFIED),
    **dict.fromkeys(("已闭环", "闭环", "已完成", "完成", "已办结", "办结"), State.CLOSED),
    **dict.fromkeys(("未销号", "未闭环", "未办结", "未完成"), State.FOUND),
}


@dataclass(frozen=True)
class Step:
    """One action in the history of a danger; `changes` is {field: [before, after]}."""

    version: int
    action: str
    before: State | None
    after: State
    held_at: datetime
    learnt_at: datetime
    actor: str
    actor_name: str
    comment: str | None
    changes: Mapping[str, Any]
    photos: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the step as plain JSON values."""
        return {
            "version": self.version,
            "action": self.action,
            "state_before": None if self.before is None else str(self.before),
            "state_after": str(self.after),
            "held_at": plain(self.held_at),
            "learnt_at": plain(self.learnt_at),
            "actor": self.actor,
            "actor_name": self.actor_name,
            "comment": self.comment,
            "changes": dict(self.changes),
            "photos": list(self.photos),
        }


@dataclass(frozen=True)
class Danger:
    """A hidden danger as known at a moment: its latest version and its whole history.

    `record` has every column of the kind with typed values (moments with zone, dates, floats),
    None where unknown; `version` 0 is a danger that came from a file and has no step yet.
    """

    number: str
    version: int
    state: State
    record: Mapping[str, Any]
    learnt_at: datetime
    source: str
    steps: tuple[Step, ...]

    @property
    def subject(self) -> Subject:
        """Return where it lies and whose it is, for `riskmap.access.policy`."""
        found = self.record
        return Subject(found["town"], found["domain"], found["enterprise_id"])

    @property
    def photos(self) -> tuple[tuple[int, str], ...]:
        """Return (version, digest) of every photo, oldest first."""
        return tuple((step.version, digest) for step in self.steps for digest in step.photos)

    def last(self, action: str) -> Step | None:
        """Return the newest step of an action."""
        return next((step for step in reversed(self.steps) if step.action == action), None)

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values; times are ISO 8601 in UTC."""
        shown = {name: plain(self.record[name]) for name in COLUMNS}
        return shown | {
            "number": self.number,
            "version": self.version,
            "state": str(self.state),
            "state_zh": STATE_ZH[self.state],
            "learnt_at": plain(self.learnt_at),
            "source": self.source,
            "steps": [step.document() for step in self.steps],
            "photos": [{"version": version, "digest": digest} for version, digest in self.photos],
        }


def state_of(state: object, closed_at: object = None) -> State:
    """Return the state of a record, also of one that a file brought with the bureau's own word.

    A moment of closing decides: a file that says 已销号 without one is not closed
    (`riskmap.records.checks`). An unknown word is `found`: the danger is open, no more is sure.
    """
    if closed_at is not None:
        return State.CLOSED
    found = _WORDS.get(str(state or "").strip(), State.FOUND)
    return State.RECHECKED if found is State.CLOSED else found


def is_state_word(text: str) -> bool:
    """Tell whether a state is riskmap's or one of the bureau's words that `state_of` knows.

    >>> is_state_word("整改中"), is_state_word("哈哈")
    (True, False)
    """
    return text.strip() in _WORDS


def state_by(record: Mapping[str, Any], end: datetime) -> State:
    """Return the state by a moment, also of a row of a file that tells what came after it.

    What was closed or rectified only later was open then: `found`, nothing more is sure.
    """
    closed, rectified = record["closed_at"], record["rectified_at"]
    by_then = closed is not None and closed <= end
    state = state_of(record["state"], closed if by_then else None)
    if state not in (State.RECTIFIED, State.RECHECKED):
        return state
    later = rectified > end if rectified is not None else closed is not None
    return State.FOUND if later else state


def words_of(state: State) -> list[str]:
    """Return the words of a record that `state_of` takes for an open state."""
    taken = {State.RECHECKED: (State.RECHECKED, State.CLOSED), State.CLOSED: ()}
    meant = taken.get(state, (state,))
    return [word for word, of in _WORDS.items() if of in meant]


def lock(connection: sa.Connection, number: str) -> None:
    """Queue behind whoever writes to the same danger; call it first in a writing transaction.

    PostgreSQL locks the row of the first version, which never changes; SQLite has one writer.

    Raises
    ------
    NotFoundError
        There is no such danger.
    """
    query = (
        sa.select(_TABLE.c.row_id)
        .where(_TABLE.c.key == number)
        .order_by(_TABLE.c.row_id)
        .limit(1)
        .with_for_update()
    )
    if connection.execute(query).first() is None:
        raise not_found(number)


def load(connection: sa.Connection, number: str, known_until: datetime | None = None) -> Danger:
    """Return a danger as known at a moment (None: now).

    Raises
    ------
    NotFoundError
        There is none of this number, or it was not known yet.
    """
    query = sa.select(_TABLE).where(_TABLE.c.key == number)
    if known_until is not None:
        query = query.where(_TABLE.c.learnt_at <= known_until)
    newest = query.order_by(_TABLE.c.learnt_at.desc(), _TABLE.c.row_id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    if row is None:
        raise not_found(number)
    record = {name: row[name] for name in COLUMNS}
    return Danger(
        number,
        int(row["version"] or 0),
        state_of(row["state"], row["closed_at"]),
        record,
        row["learnt_at"],
        row["source"],
        _steps(connection, number, known_until),
    )


def periods(
    connection: sa.Connection, number: str, before_version: int | None = None
) -> list[dict[str, Any]]:
    """Return what held when, as known now: one record per `held_from`, in order of time.

    A row without `held_from` (from a file) held from the moment the danger was found. With
    `before_version` only older versions count.
    """
    query = sa.select(_TABLE).where(_TABLE.c.key == number)
    if before_version is not None:
        query = query.where(sa.func.coalesce(_TABLE.c.version, 0) < before_version)
    rows = connection.execute(query.order_by(_TABLE.c.learnt_at, _TABLE.c.row_id)).mappings()
    held: dict[datetime, dict[str, Any]] = {}
    for row in rows:
        held[row["held_from"] or row["found_at"]] = {name: row[name] for name in COLUMNS}
    return [{**held[moment], "held_from": moment} for moment in sorted(held)]


def append_version(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    before: Danger | None,
    record: Mapping[str, Any],
    *,
    comment: str | None,
    photos: Sequence[str],
    now: datetime,
    restated: Sequence[Mapping[str, Any]] = (),
) -> Danger:
    """Append the next version and its step inside the caller's transaction; return the danger.

    Parameters
    ----------
    before
        The danger as it is, loaded after `lock`; None for a new one.
    record
        All columns after the action; number, version and learnt_at are set here.
    restated
        Earlier periods with a corrected fact, oldest first; they are stored before `record`.
    now
        Becomes learnt_at, but never before that of the version it follows.
    """
    number = str(record["number"])
    version = 1 if before is None else before.version + 1
    learnt_at = now if before is None else max(now, before.learnt_at)
    rows = [{**one, "version": version} for one in (*restated, record)]
    _store_rows(connection, number, version, rows, learnt_at)
    step = Step(
        version,
        action,
        None if before is None else before.state,
        State(record["state"]),
        record["held_from"],
        learnt_at,
        actor.login,
        actor.name,
        comment,
        changes_between({} if before is None else before.record, record),
        tuple(photos),
    )
    _store_step(connection, number, step)
    steps = (*(before.steps if before is not None else ()), step)
    shown = {**record, "version": version}
    return Danger(number, version, step.after, shown, learnt_at, _source(number, version), steps)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return {field: [before, after]} in plain JSON values, of what differs."""
    silent = ("version", "held_from", "number")
    return {
        name: [plain(before.get(name)), plain(after.get(name))]
        for name in COLUMNS
        if name not in silent and before.get(name) != after.get(name)
    }


def plain(value: Any) -> Any:
    """Return a value as JSON has it: moments and dates as ISO 8601 text."""
    return value.isoformat() if isinstance(value, date) else value


def not_found(number: str) -> NotFoundError:
    """Return the error of a number that no danger has."""
    return NotFoundError("没有这条隐患", number, "核对隐患编号")


def _source(number: str, version: int) -> str:
    return f"{LEDGER_FILE}:{number}#{version}"


def _steps(
    connection: sa.Connection, number: str, known_until: datetime | None
) -> tuple[Step, ...]:
    query = sa.select(danger_steps).where(danger_steps.c.number == number)
    if known_until is not None:
        query = query.where(danger_steps.c.learnt_at <= known_until)
    rows = connection.execute(query.order_by(danger_steps.c.version)).mappings().all()
    pictures: dict[int, list[str]] = {}
    shown = sa.select(danger_photos.c.version, danger_photos.c.digest).where(
        danger_photos.c.number == number
    )
    for version, digest in connection.execute(shown.order_by(*danger_photos.primary_key)):
        pictures.setdefault(version, []).append(digest)
    return tuple(
        Step(
            row["version"],
            row["action"],
            None if row["state_before"] is None else State(row["state_before"]),
            State(row["state_after"]),
            row["held_at"],
            row["learnt_at"],
            row["actor"],
            row["actor_name"],
            row["comment"],
            row["changes"],
            tuple(pictures.get(row["version"], ())),
        )
        for row in rows
    )


def _store_rows(
    connection: sa.Connection,
    number: str,
    version: int,
    rows: Sequence[Mapping[str, Any]],
    learnt_at: datetime,
) -> None:
    shown = {name: plain(value) for name, value in rows[-1].items()}
    delivered = connection.execute(
        sa.insert(deliveries).values(
            kind=KIND,
            file=LEDGER_FILE,
            sha256=sha256(canonical_text(shown).encode()).hexdigest(),
            delivered_at=learnt_at,
            accepted=1,
            changed=len(rows),
            rejected=0,
        )
    )
    key = delivered.inserted_primary_key
    fixed = {
        "key": number,
        "delivery_id": int(key[0]) if key is not None else 0,
        "learnt_at": learnt_at,
        "source": _source(number, version),
    }
    for row in rows:  # one by one: row_id must follow the order of the periods
        connection.execute(sa.insert(_TABLE).values({**row, **fixed}))


def _store_step(connection: sa.Connection, number: str, step: Step) -> None:
    connection.execute(
        sa.insert(danger_steps).values(
            number=number,
            version=step.version,
            action=step.action,
            state_before=step.before,
            state_after=step.after,
            held_at=step.held_at,
            learnt_at=step.learnt_at,
            actor=step.actor,
            actor_name=step.actor_name,
            comment=step.comment,
            changes=dict(step.changes),
        )
    )
    if step.photos:
        connection.execute(
            sa.insert(danger_photos),
            [
                {"number": number, "version": step.version, "digest": digest}
                for digest in step.photos
            ],
        )
