"""Numbers of dangers that come from files: given once, found again, never given twice."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from riskmap.ledger.numbering import NUMBER, next_numbers, seen_number
from riskmap.ledger.tables import danger_identities, danger_serials
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace

_QUEUE = "files"
_CHUNK = 400


def queue_files(connection: sa.Connection) -> None:
    """Wait until any other file of dangers is stored; held to the end of the transaction.

    Files queue at one row of `danger_serials` of their own, before they lock anything else.
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        make(danger_serials)
        .values(prefix=_QUEUE, last=1)
        .on_conflict_do_update(index_elements=["prefix"], set_={"last": danger_serials.c.last + 1})
    )


def numbered(connection: sa.Connection, ws: Workspace, table: pd.DataFrame) -> pd.DataFrame:
    """Give rows without a number a uniform one; note the numbers that the file brought.

    A row without a number is known again by when, where and what (`riskmap.records.importing`
    makes that its key "h-…"). One stored under such a key before it could get a number keeps it.
    """
    if "number" not in table:
        table = table.assign(number=np.full(len(table), None, dtype=object))
    known = table["number"].notna().to_numpy(dtype=bool)
    _note(connection, table.loc[known, "number"].astype(str).tolist())
    identities = table.loc[~known, "key"].astype(str).tolist()
    if not identities:
        return table
    given = _given(connection, identities)
    new = table.loc[
        ~known & ~table["key"].isin(list(given)).to_numpy(), ["key", "town", "found_at"]
    ]
    given |= _new_numbers(connection, ws, new)
    keys = table["key"].to_numpy(dtype=object, copy=True)
    numbers = table["number"].astype("object").to_numpy(dtype=object, copy=True)
    for position in np.flatnonzero(~known):
        identity = str(keys[position])
        keys[position] = given[identity]
        numbers[position] = None if given[identity] == identity else given[identity]
    return table.assign(key=keys, number=numbers)


def _new_numbers(connection: sa.Connection, ws: Workspace, rows: pd.DataFrame) -> dict[str, str]:
    """Give numbers to rows (key, town, found_at), in their order within a town and day."""
    code, given = ws.settings.district.code, dict[str, str]()
    days = rows["found_at"].dt.tz_convert(ws.settings.zone).dt.date
    for (town, day), part in rows.groupby([rows["town"], days], sort=True):
        identities = part["key"].astype(str).tolist()
        numbers = next_numbers(
            connection, code, str(town), date.fromisoformat(str(day)), len(identities)
        )
        given |= dict(zip(identities, numbers, strict=True))
    if given:
        connection.execute(
            sa.insert(danger_identities),
            [{"identity": identity, "number": number} for identity, number in given.items()],
        )
    return given


def _note(connection: sa.Connection, numbers: list[str]) -> None:
    """Raise the serial of each town and day to the highest that the file brought."""
    highest: dict[str, str] = {}
    for number in numbers:
        match = NUMBER.fullmatch(number)
        if match is not None:
            highest[match[1]] = max(highest.get(match[1], ""), number)
    for head in sorted(highest):
        seen_number(connection, highest[head])


def _given(connection: sa.Connection, identities: list[str]) -> dict[str, str]:
    """Return the numbers of rows that came before; an old key without a number is its own."""
    table = record_tables["hidden_dangers"]
    found: dict[str, str] = {}
    for start in range(0, len(identities), _CHUNK):
        part = identities[start : start + _CHUNK]
        old = sa.select(table.c.key).where(table.c.key.in_(part)).distinct()
        found |= {key: key for key in connection.execute(old).scalars()}
        query = sa.select(danger_identities.c.identity, danger_identities.c.number)
        rows: Mapping[str, str] = {
            row.identity: row.number
            for row in connection.execute(query.where(danger_identities.c.identity.in_(part)))
        }
        found |= rows
    return found
