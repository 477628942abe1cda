"""Taking the forms of departments into the records: all of what is sent, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd

from layers.errors import InputError
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.ledger.gaming import week_window
from riskmap.ledger.ground import ground_in_use
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.storing import queue_writers, store_records
from riskmap.schemes import weekly_rules
from riskmap.storage.errors import clear_storage_errors
from riskmap.weekly.deliveries.delivery_form import chosen_departments, reporting
from riskmap.weekly.deliveries.returned import CellFault, Reported, Returned, read_returned
from riskmap.weekly.deliveries.returned_file import MAX_BYTES, open_returned
from riskmap.weekly.moments import parse_week
from riskmap.workspace import Workspace

KIND = "indicators"


@dataclass(frozen=True)
class Sent:
    """A file as it was sent."""

    name: str
    content: bytes


def read_sent(path: Path) -> Sent:
    """Read a file; of one that is far too large only enough to see that it is.

    Raises
    ------
    InputError, WorkspaceError
        There is no such file; it cannot be read.
    """
    if not path.is_file():
        raise InputError("找不到文件", path, "检查路径和文件名")
    with clear_storage_errors(path), path.open("rb") as stream:
        return Sent(path.name, stream.read(MAX_BYTES + 1))


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of forms: with any fault nothing was stored.

    Parameters
    ----------
    week
        The week that they report.
    departments
        Whose numbers they hold.
    numbers, changed
        How many numbers they hold, and how many of them were not known so already.
    late
        Whether the week's cut-off was over: stored, but the week counts them as missing.
    cutoff
        That cut-off.
    faults, notes
        Every fault of every file, and what is worth knowing besides.
    """

    week: str
    departments: tuple[str, ...]
    numbers: int
    changed: int
    late: bool
    cutoff: datetime
    faults: tuple[CellFault, ...]
    notes: tuple[CellFault, ...]


def deliver(
    ws: Workspace,
    actor: Actor,
    files: Sequence[Sent],
    *,
    week: str,
    now: datetime,
    department: str | None = None,
) -> DeliveryOutcome:
    """Take forms of a week; a form sent again corrects the earlier one, and both are kept.

    An empty cell takes nothing back: what was reported before stays.

    Parameters
    ----------
    department
        Whose forms these must be (None: of any department).

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not deliver.
    FieldsError
        A file cannot be opened as a form at all; the fault is of the field "file".
    RiskmapError, NotFoundError
        There is no such week, department or towns layer.
    """
    authorise(actor, "week.deliver")
    weekly, ground, week = weekly_rules(ws), ground_in_use(ws), parse_week(week)
    window = week_window(ws, week)
    if department is not None:
        chosen_departments(weekly, department)
    books = [open_returned(one.content, one.name) for one in files]
    read = [read_returned(one, weekly, ground, week=week, department=department) for one in books]
    faults = [fault for one in read for fault in one.faults]
    faults += _too_early(read, week, now, window.start) + _contradicting(read)
    changed = 0 if faults else _stored(ws, actor, files, read, now)
    rows = [row for one in read for row in one.rows]
    named = {row.department for row in rows}
    return DeliveryOutcome(
        week,
        tuple(name for name in reporting(weekly) if name in named),
        len(rows),
        changed,
        now > window.end,
        window.end,
        tuple(faults),
        tuple(note for one in read for note in one.notes),
    )


def _too_early(
    read: Sequence[Returned], week: str, now: datetime, start: datetime
) -> list[CellFault]:
    """Refuse numbers of a week that has not begun."""
    if now > start:
        return []
    mend = f"这一周还没有开始（{start:%Y-%m-%d %H:%M} 起）"
    return [CellFault(one.file, "", "", week, mend) for one in read if one.rows]


def _contradicting(read: Sequence[Returned]) -> list[CellFault]:
    """Find numbers that two of the files sent together give differently."""
    faults = []
    first: dict[tuple[str, str], tuple[str, Reported]] = {}
    for one in read:
        for row in one.rows:
            file, earlier = first.setdefault((row.town, row.indicator), (one.file, row))
            said = (row.value, row.numerator, row.denominator)
            if said != (earlier.value, earlier.numerator, earlier.denominator):
                sheet, _, cell = row.cell.rpartition("!")
                mend = f"与同时报送的 {file} {earlier.cell} 不一致，只送一份"
                faults.append(CellFault(one.file, sheet, cell, row.indicator, mend))
    return faults


def _stored(
    ws: Workspace, actor: Actor, files: Sequence[Sent], read: Sequence[Returned], now: datetime
) -> int:
    """Store all files in one transaction; return how many numbers are new."""
    changed = 0
    with ws.write() as connection:
        queue_writers(connection)
        for sent, one in zip(files, read, strict=True):
            if one.rows:
                stored = store_records(
                    ws,
                    KIND,
                    _table(one),
                    file=sent.name,
                    sha256=sha256(sent.content).hexdigest(),
                    rejected=0,
                    learnt_at=now,
                    actor=actor,
                    within=connection,
                )
                changed += stored.changed
    return changed


def _table(read: Returned) -> pd.DataFrame:
    """Return the rows as the record kind has them; the source is "file:sheet!cell"."""
    names = ("week", "town", "indicator", "value", "numerator", "denominator")
    table = pd.DataFrame(
        {name: pd.Series([getattr(row, name) for row in read.rows], dtype=object) for name in names}
    )
    columns = RECORD_CONTRACTS[KIND].key_columns
    key = ["|".join(getattr(row, name) for name in columns) for row in read.rows]
    source = pd.Series([f"{read.file}:{row.cell}" for row in read.rows], dtype=object)
    return table.assign(key=key, source=source)
