"""Hidden dangers as an xlsx with the headers that the import reads: out, corrected, in again."""

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, tzinfo
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise, may
from riskmap.ledger.deadlines import TERM_ZH
from riskmap.ledger.ground import ground_in_use
from riskmap.ledger.states import STATE_ZH
from riskmap.ledger.versions import state_of
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.dangers import GRADE_ZH
from riskmap.records.frames import plain_rows
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace

KIND = "hidden_dangers"
PERSONS = ("responsible_person", "reported_by", "extension_asked_by")
"""Columns that name people."""
_WIDTHS = {"number": 26, "description": 48, "place": 28, "responsible_unit": 22}


def danger_xlsx(ws: Workspace, actor: Actor, *, now: datetime) -> bytes:
    """Return the dangers that are the actor's to export as an xlsx file; the export is audited.

    A reporter gets those of the own town, an inspector those of the own domains, the office all.
    Names of people are masked for whoever may not read them.

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not export.
    """
    own = Subject(actor.town, next(iter(actor.domains), None), actor.enterprise_id)
    authorise(actor, "danger.export", own)
    rows = [row for row in plain_rows(KIND, read_records(ws, KIND)) if _may_have(actor, row)]
    content = _workbook(ws, actor, rows)
    with ws.write() as connection:
        after = {"rows": len(rows)}
        audit.append(connection, actor, "danger.export", "hidden_dangers", now=now, after=after)
    return content


def masked(name: str | None) -> str | None:
    """Return a name with only its first character readable.

    >>> masked("欧阳明")
    '欧**'
    """
    return name if not name else name[0] + "*" * max(len(name) - 1, 1)


def _may_have(actor: Actor, row: Mapping[str, Any]) -> bool:
    return may(actor, "danger.export", _subject(row))


def _subject(row: Mapping[str, Any]) -> Subject:
    return Subject(row["town"], row["domain"], row["enterprise_id"])


def _workbook(ws: Workspace, actor: Actor, rows: Iterable[Mapping[str, Any]]) -> bytes:
    columns = RECORD_CONTRACTS[KIND].columns
    ground, zone = ground_in_use(ws), ws.settings.zone
    book = Workbook(write_only=True)
    sheet = book.create_sheet("隐患")
    sheet.freeze_panes = "B2"
    for position, column in enumerate(columns, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column.name, 16)
    heads = [WriteOnlyCell(sheet, column.title_zh) for column in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        shown = dict(row) | {"state": state_of(row["state"], row["closed_at"])}
        shown["town"] = ground.name_of(row["town"]) or row["town"]
        if not may(actor, "read.persons", _subject(row)):
            shown |= {name: masked(row[name]) for name in PERSONS}
        sheet.append([_cell(sheet, column.name, shown[column.name], zone) for column in columns])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(sheet: Any, name: str, value: Any, zone: tzinfo) -> Any:
    """Return a cell; a date is a date, and what begins with = stays a text, never a formula."""
    dated = _dated(value, zone)
    if dated is not None:
        cell = WriteOnlyCell(sheet, dated[0])
        cell.number_format = dated[1]
        return cell
    text = _text(name, value, zone)
    cell = WriteOnlyCell(sheet, text)
    if isinstance(text, str):
        cell.data_type = "s"
    return cell


def _dated(value: Any, zone: tzinfo) -> tuple[datetime, str] | None:
    """Return a date or local moment with its format; None where a text says it better.

    A moment at midnight would come back as a day without a time, and a moment ends at the
    second as in every file.
    """
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            return None
        return datetime.combine(value, time()), "yyyy-mm-dd"
    local = value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return (local, "yyyy-mm-dd hh:mm:ss") if local.time() != time() else None


def _text(name: str, value: Any, zone: tzinfo) -> str | float | None:
    words: Mapping[str, Mapping[Any, str]] = {
        "state": STATE_ZH, "grade": GRADE_ZH, "term": TERM_ZH,
    }  # fmt: skip
    if value is None or isinstance(value, float):
        return value
    if name in words:
        return words[name].get(value, str(value))
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))
