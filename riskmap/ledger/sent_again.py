"""What was sent twice over a bad line is taken once.

A phone that got no answer sends again. What was sent is known again by who sent it, by the key of
the form (or of the request), and by its content: the second time is answered with the first. The
same key with another content was changed in between, and is something else.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from riskmap.access.actors import Actor
from riskmap.ledger.tables import danger_identities

LONGEST_KEY = 200
_BEING_WRITTEN = ""


def identity_of(
    actor: Actor, key: str, fields: Mapping[str, Any], photos: Sequence[str], held_at: Any = None
) -> str:
    """Return what names something sent: who, under which key, and a digest of the content."""
    content = json.dumps(
        [key, dict(fields), sorted(photos), held_at],
        sort_keys=True, ensure_ascii=True, default=str,
    )  # fmt: skip
    return f"once:{actor.login}:{sha256(content.encode()).hexdigest()}"


def number_of_first(connection: sa.Connection, identity: str) -> str | None:
    """Return the danger that the first sending led to; None when this is the first.

    Call it in the writing transaction and `note_first` at its end. A second sender that comes at
    the same time waits here until the first has committed (or given up).
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    claimed = connection.execute(
        make(danger_identities)
        .values(identity=identity, number=_BEING_WRITTEN)
        .on_conflict_do_nothing(index_elements=["identity"])
        .returning(danger_identities.c.identity)
    ).first()
    if claimed is not None:
        return None
    query = sa.select(danger_identities.c.number).where(danger_identities.c.identity == identity)
    return str(connection.execute(query).scalar_one())


def note_first(connection: sa.Connection, identity: str, number: str) -> None:
    """Note the danger that the first sending led to, in the transaction that claimed it."""
    connection.execute(
        sa.update(danger_identities)
        .where(danger_identities.c.identity == identity)
        .values(number=number)
    )
