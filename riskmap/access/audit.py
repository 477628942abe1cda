"""The audit: one row per action in a chain of hashes, written in the transaction of the action."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.tables import audit, audit_head
from riskmap.canonical import canonical_text

GENESIS = "0" * 64
DONE, REFUSED = "done", "refused"


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
        "actor": actor.login,
        "role": str(actor.role),
        "address": actor.address,
        "action": action,
        "subject": subject,
        "before": canonical_text(dict(before or {})),
        "after": canonical_text(dict(after or {})),
        "result": result,
        "reason": reason,
        "previous": previous,
    }
    digest = row_digest(row)
    connection.execute(sa.insert(audit).values(**row, digest=digest))
    connection.execute(sa.update(audit_head).where(audit_head.c.id == 1).values(digest=digest))
    return int(number)


def row_digest(row: Mapping[str, Any]) -> str:
    """Return the sha256 of a row (without its own digest) in canonical form."""
    shown = {name: value for name, value in row.items() if name != "digest"}
    shown["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(canonical_text(shown).encode("utf-8")).hexdigest()
