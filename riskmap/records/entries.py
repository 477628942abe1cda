"""Records entered, corrected and withdrawn one by one; nothing stored is ever changed.

One action is one transaction with its row in the audit. Who corrects says which version was
seen (`expect`); when somebody else was faster the answer is both versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor, Role
from riskmap.access.policy import Subject, authorise
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, NotFoundError, RiskmapError
from riskmap.records.authorship import refusal
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.entry_fields import (
    FILE,
    checked,
    filled,
    refuse_other_kinds,
    text_of,
    texts_of,
)
from riskmap.records.entry_history import Version, history, latest, newest, plain, version_of
from riskmap.records.frames import plain_rows
from riskmap.records.importing import towns_in_use
from riskmap.records.storing import queue_writers
from riskmap.storage.database import RECORD_COLUMNS, deliveries, record_tables
from riskmap.workspace import Workspace

__all__ = [
    "Entered",
    "Version",
    "authorise_change",
    "enter",
    "history",
    "latest",
    "refused_change",
    "withdraw",
]


@dataclass(frozen=True)
class Entered:
    """What an entry did: the version that holds now, whether it is new, notes for the person."""

    version: Version
    changed: bool
    notes: tuple[str, ...] = ()


def enter(
    ws: Workspace,
    actor: Actor,
    kind: str,
    fields: Mapping[str, Any],
    *,
    expect: int | None = None,
    once: str = "",
    now: datetime,
) -> Entered:
    """Enter a record, or correct the one whose version `expect` was seen.

    Parameters
    ----------
    kind
        One of `riskmap.records.entry_fields.BY_HAND`.
    fields
        By canonical name, typed or as texts. A field that is not given keeps its value, an
        empty one is cleared. A new record may leave out its id; a commitment also its date,
        time and town.
    expect
        `row_id` of the version that was seen; None for a new record.
    once
        Key of the form: the same new record sent again under it is the first one. What is
        stored already, word for word, is no conflict either.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not, or not for this town or enterprise, or not for what is stored.
    FieldsError
        What cannot be taken, by field.
    ConflictError
        The record was changed or withdrawn since, or a new one exists already; both versions.
    NotFoundError
        `expect` is no version of this kind.
    """
    refuse_other_kinds(kind)
    mine = f"{actor.login}:{once}" if once else ""
    return enter_decided(ws, actor, kind, fields, expect=expect, once=mine, now=now)


def enter_decided(
    ws: Workspace,
    actor: Actor,
    kind: str,
    fields: Mapping[str, Any],
    *,
    expect: int | None,
    once: str = "",
    now: datetime,
) -> Entered:
    """Do what `enter` does, also for overrides; only `records.overrides` calls it directly."""
    refuse_other_kinds(kind, decided=True)
    given = texts_of(kind, fields)
    towns = towns_in_use(ws)
    seen = None if expect is None else _seen(ws, kind, expect)
    if seen is not None:
        authorise_change(ws, actor, seen, now=now)
        given = {name: text_of(value) for name, value in _entered(seen).items()} | given
    place = given.get("town", "")
    authorise(
        actor,
        f"record.{kind}",
        Subject(towns.code(place) or place or None, given.get("domain"), given.get("enterprise_id"))
        if place or seen is None
        else _subject(seen.fields),
    )
    firm = actor.role is Role.ENTERPRISE
    texts = filled(ws, kind, given, towns, now, once=once, by_firm=firm)
    kept = None if seen is None else seen.fields.get("domain")
    delivery = checked(ws, kind, texts, towns, now, kept_domain=kept)
    fresh = plain_rows(kind, delivery.table)[0] | {"learnt_at": now}
    authorise(actor, f"record.{kind}", _subject(fresh))
    if seen is not None and fresh["key"] != seen.key:
        raise FieldsError({_key_field(kind): "编号不能改；要改编号请撤回后重新登记"})
    version, changed = _append(ws, actor, kind, fresh, digest=delivery.sha256, seen=seen, now=now)
    notes = tuple(fault.expected for fault in delivery.faults if fault.severity == "note")
    return Entered(version, changed, notes)


def withdraw(
    ws: Workspace,
    actor: Actor,
    kind: str,
    key: str,
    reason: str,
    *,
    expect: int | None = None,
    now: datetime,
) -> Version:
    """Take a record back: a last version says so, and from `now` on nothing counts it.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not, or somebody else has to do it (`riskmap.records.authorship`).
    FieldsError
        No reason was given.
    ConflictError
        The record was changed since `expect` was seen.
    NotFoundError
        There is no such record, or it was withdrawn already.
    """
    refuse_other_kinds(kind, decided=True)
    seen = latest(ws, kind, key)
    authorise_change(ws, actor, seen, now=now)
    if not reason.strip():
        raise FieldsError({"reason": "撤回要写明理由"})
    with ws.write() as connection:
        queue_writers(connection)
        stored = newest(connection, kind, key)
        if stored is None or stored.withdrawn_at is not None:
            raise NotFoundError("这条记录已被撤回", f"{kind}:{key}", "不用再撤回")
        authorise(actor, f"record.{kind}", _subject(stored.fields))  # it may have moved since
        if expect is not None and stored.row_id != expect:
            raise _conflict({"withdrawn_reason": reason}, stored)
        number = audit.append(
            connection,
            actor,
            f"record.{kind}.withdraw",
            f"{kind}:{key}",
            now=now,
            before=stored.document(),
            after={"withdrawn_reason": reason.strip()},
        )
        row = dict(stored.fields) | {
            "key": key,
            "source": f"entry#{number}",
            "learnt_at": max(now, stored.learnt_at),
            "withdrawn_at": now,
            "withdrawn_reason": reason.strip(),
        }
        row["delivery_id"] = _delivered(connection, kind, f"{stored.row_id}-withdrawn", now)
        connection.execute(sa.insert(record_tables[kind]).values(**row))
        found = newest(connection, kind, key)
    if found is None:
        raise RuntimeError("the database lost the row that was just written")
    return found


def refused_change(
    ws: Workspace, actor: Actor, version: Version, *, now: datetime
) -> ForbiddenError | None:
    """Return why somebody whose role may do it may not change this record after all."""
    today = now.astimezone(ws.settings.zone).date()
    with ws.read() as connection:
        return refusal(connection, actor, version, today=today)


def authorise_change(ws: Workspace, actor: Actor, seen: Version, *, now: datetime) -> None:
    """Let a change of a stored version pass, or raise with the reason.

    Raises
    ------
    SignInError, ForbiddenError
        The role may not, or somebody else has to do it.
    """
    authorise(actor, f"record.{seen.kind}", _subject(seen.fields))
    refused = refused_change(ws, actor, seen, now=now)
    if refused is not None:
        raise refused


def _append(
    ws: Workspace,
    actor: Actor,
    kind: str,
    fresh: dict[str, Any],
    *,
    digest: str,
    seen: Version | None,
    now: datetime,
) -> tuple[Version, bool]:
    """Append the version in one transaction, unless somebody else was faster."""
    with ws.write() as connection:
        queue_writers(connection)
        stored = newest(connection, kind, fresh["key"])
        if stored is not None:  # also when withdrawn: its history would come with it
            authorise(actor, f"record.{kind}", _subject(stored.fields))
        here = stored is not None and stored.withdrawn_at is None
        if stored is not None and here and _same(kind, fresh, stored):
            return stored, False
        if (seen is None and here) or (
            seen is not None and (stored is None or stored.row_id != seen.row_id)
        ):
            raise _conflict(fresh, stored)
        if stored is not None:
            fresh["learnt_at"] = max(now, stored.learnt_at)  # never before what it follows
        before = stored.document() if stored is not None and here else {}
        made = replace(_draft(kind, fresh), source="entry")
        number = audit.append(
            connection,
            actor,
            f"record.{kind}",
            f"{kind}:{fresh['key']}",
            now=now,
            before=before,
            after=made.document(),
        )
        fresh["source"] = f"entry#{number}"
        fresh["delivery_id"] = _delivered(connection, kind, digest, now)
        connection.execute(sa.insert(record_tables[kind]).values(**fresh))
        found = newest(connection, kind, fresh["key"])
    if found is None:
        raise RuntimeError("the database lost the row that was just written")
    return found, True


def _delivered(connection: sa.Connection, kind: str, digest: str, now: datetime) -> int:
    inserted = connection.execute(
        sa.insert(deliveries).values(
            kind=kind,
            file=FILE,
            sha256=digest,
            delivered_at=now,
            accepted=1,
            changed=1,
            rejected=0,
        )
    )
    key = inserted.inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no key for the delivery")
    return int(key[0])


def _seen(ws: Workspace, kind: str, row_id: int) -> Version:
    table = record_tables[kind]
    with ws.read() as connection:
        row = (
            connection.execute(sa.select(table).where(table.c.row_id == row_id)).mappings().first()
        )
    if row is None:
        raise NotFoundError("没有这一版记录", f"{kind} {row_id}", "从记录页重新打开")
    return version_of(kind, row)


def _entered(version: Version) -> dict[str, Any]:
    """Return the fields that a person may have typed."""
    return {name: value for name, value in version.fields.items() if value is not None}


def _draft(kind: str, fresh: Mapping[str, Any]) -> Version:
    fields = {name: fresh.get(name) for name in RECORD_COLUMNS[kind]}
    return Version(kind, fresh["key"], 0, fields, fresh["learnt_at"], None, "entry")


def _same(kind: str, fresh: Mapping[str, Any], stored: Version) -> bool:
    return all(fresh.get(name) == stored.fields[name] for name in RECORD_COLUMNS[kind])


def _subject(fields: Mapping[str, Any]) -> Subject:
    return Subject(fields.get("town"), fields.get("domain"), fields.get("enterprise_id"))


def _key_field(kind: str) -> str:
    return RECORD_CONTRACTS[kind].key_columns[0]


def _conflict(yours: Mapping[str, Any], stored: Version | None) -> RiskmapError:
    """Return the error that shows both versions."""
    theirs = {} if stored is None else stored.document()
    what = "这个编号已经有记录" if "key" in yours else "记录已被别人改动"
    shown = {name: value for name, value in yours.items() if name != "delivery_id"}
    return ConflictError(
        what,
        str(theirs.get("key", "")),
        "看过现在的内容再提交，已填的都还在",
        yours={name: plain(value) for name, value in shown.items()},
        theirs=theirs,
    )
