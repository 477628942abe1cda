"""The audit: one row per action in a chain of hashes, written in the transaction of the action."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit_evidence import guard_faults, newer_faults
from riskmap.access.tables import audit, audit_head
from riskmap.canonical import canonical_text
from riskmap.errors import ForbiddenError
from riskmap.workspace import Workspace

GENESIS = "0" * 64
DONE, REFUSED = "done", "refused"

LONGEST_TEXT = 2000
SHOWN_FAULTS = 20
_BATCH = 2000


def append(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    result: str = DONE,
    reason: str = "",
) -> int:
    """Append one row inside the caller's writing transaction; return its number.

    Writers queue at the single row of `audit_head`, on both databases, so numbers have no gap
    and every row names the digest of the one before it.
    """
    number, previous = connection.execute(
        sa.update(audit_head)
        .where(audit_head.c.id == 1)
        .values(number=audit_head.c.number + 1)
        .returning(audit_head.c.number, audit_head.c.digest)
    ).one()
    row = {
        "number": number,
        "at": now,
        "actor": _storable(actor.login),
        "role": str(actor.role),
        "address": _storable(actor.address),
        "action": action,
        "subject": _storable(subject),
        "before": _document(before),
        "after": _document(after),
        "result": result,
        "reason": _storable(reason),
        "previous": previous,
    }
    digest = row_digest(row)
    connection.execute(sa.insert(audit).values(**row, digest=digest))
    connection.execute(sa.update(audit_head).where(audit_head.c.id == 1).values(digest=digest))
    return int(number)


def refused(
    ws: Workspace, actor: Actor, action: str, subject: str, reason: str, *, now: datetime
) -> int:
    """Append that an action was refused, in a transaction of its own; return the row's number."""
    with ws.write() as connection:
        return append(connection, actor, action, subject, now=now, result=REFUSED, reason=reason)


@contextmanager
def refusals_kept(
    ws: Workspace, actor: Actor, action: str, subject: str, *, now: datetime
) -> Iterator[None]:
    """Append a row when what runs inside is forbidden; the error goes on."""
    try:
        yield
    except ForbiddenError as error:
        if not error.noted:
            refused(ws, actor, action, subject, str(error), now=now)
            error.noted = True
        raise


def row_digest(row: Mapping[str, Any]) -> str:
    """Return the sha256 of a row (without its own digest) in canonical form."""
    shown = {name: value for name, value in row.items() if name != "digest"}
    shown["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(canonical_text(shown).encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found: no fault means that every row is as it was written.

    `faults` are sentences (the first `SHOWN_FAULTS`), `fault_count` all of them; `expected_at` is
    the number of the row whose digest was noted elsewhere, None when none was given or found.
    """

    rows: int
    head_number: int
    head_digest: str
    oldest_at: datetime | None
    newest_at: datetime | None
    faults: tuple[str, ...]
    fault_count: int
    expected_at: int | None = None

    @property
    def intact(self) -> bool:
        """Say whether nothing was found."""
        return self.fault_count == 0


def verify(connection: sa.Connection, expect: str | None = None) -> Verified:
    """Walk the chain from its first row to its head.

    An edited row no longer has its digest; a removed or added one breaks the numbers and the
    chain; a cut tail misses the head, and where the head was set back too, what was stored after
    it may still be there (`riskmap.access.audit_evidence`). Whoever can rewrite every row, the
    head and the rest of the store is found only by a digest that was noted elsewhere. The content
    of other tables is not compared with the audit.

    Parameters
    ----------
    connection
        A connection that sees one consistent state.
    expect
        The digest of some head, noted at any time before: its row must still be in the chain.
    """
    faults: list[str] = []
    number, digest, rows = 0, GENESIS, 0
    oldest = newest = latest = expected_at = None
    wanted = (expect or "").strip().lower()
    for row in _rows(connection):
        faults += _row_faults(row, number, digest)
        number, digest, rows = row["number"], row["digest"], rows + 1
        oldest, newest = oldest or row["at"], row["at"] or newest
        latest = max(filter(None, (latest, row["at"])), default=None)
        if wanted and digest == wanted:
            expected_at = number
    head = connection.execute(sa.select(audit_head)).mappings().all()
    faults += _head_faults(head, number, digest)
    faults += [*guard_faults(connection), *newer_faults(connection, number, latest)]
    if wanted and expected_at is None and wanted != GENESIS:
        faults.append(f"链上没有这个摘要：{wanted}；记下它以后的记录被截去或改写过")
    head_number, head_digest = (head[0]["number"], head[0]["digest"]) if head else (0, GENESIS)
    return Verified(
        rows,
        int(head_number),
        str(head_digest),
        oldest,
        newest,
        tuple(faults[:SHOWN_FAULTS]),
        len(faults),
        expected_at,
    )


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Yield the rows in their order; a time that is none any more is None."""
    at: sa.ColumnElement[Any] = sa.type_coerce(audit.c.at, sa.Text)
    if connection.dialect.name == "postgresql":
        at = sa.func.to_char(sa.func.timezone("UTC", audit.c.at), "YYYY-MM-DD HH24:MI:SS.US")
    others = [column for column in audit.c if column is not audit.c.at]
    query = sa.select(*others, at.label("at")).order_by(audit.c.number)
    with connection.execute(query.execution_options(yield_per=_BATCH)) as result:
        for row in result.mappings():
            yield {**row, "at": _moment(row["at"])}


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _row_faults(row: Mapping[str, Any], number: int, digest: str) -> Iterator[str]:
    found = row["number"]
    if found != number + 1:
        yield f"第 {number + 1} 号到第 {found - 1} 号缺失"
    if row["previous"] != digest:
        yield f"第 {found} 号接不上前一行：前面有行被改动、删去或插入"
    if row["at"] is None or row["digest"] != row_digest(row):
        yield f"第 {found} 号的内容与摘要不符：这一行被改动过"


def _head_faults(head: Any, number: int, digest: str) -> Iterator[str]:
    if len(head) != 1:
        yield f"链头应为一行，现有 {len(head)} 行"
    elif head[0]["number"] > number:
        yield f"链头是第 {head[0]['number']} 号，记录只到第 {number} 号：末尾被截去"
    elif (head[0]["number"], head[0]["digest"]) != (number, digest):
        yield f"链头（第 {head[0]['number']} 号）与末行（第 {number} 号）不符：末尾被改写"


def _document(value: Mapping[str, Any] | None) -> str:
    return canonical_text(dict(value or {})).encode("utf-8", "replace").decode("utf-8")


def _storable(text: str) -> str:
    """Return a text that both databases take and that stays short: it may come from anybody."""
    plain = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"
