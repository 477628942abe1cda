"""A stored week as a file: the xlsx workbook of `riskmap.weekly.workbook`, written whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from riskmap.weekly.weeks import read_town_weeks, read_week
from riskmap.weekly.workbook import week_xlsx
from riskmap.workspace import Workspace, write_where_asked

XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_week(ws: Workspace, week: str, out: Path, *, revision: int | None = None) -> Path:
    """Write the shown (or a named) revision of a week to a file, whole or not at all.

    Parameters
    ----------
    ws
        The workspace.
    week
        ISO week, "2026-W26".
    out
        The file, or a folder in which ``riskmap-WEEK.xlsx`` (of a named revision
        ``riskmap-WEEK-r1.xlsx``) is made.
    revision
        Which revision; by default the one that readers see.

    Returns
    -------
        The file that was written.

    Raises
    ------
    RiskmapError
        The file cannot be written; NotFoundError when the week was never computed.
    """
    content = stored_week_xlsx(ws, week, revision)
    return write_where_asked(out, week_file_name(week, revision), content)


def week_file_name(week: str, revision: int | None = None) -> str:
    """Return the name of the file of a week; a revision that was asked for is named.

    >>> week_file_name("2026-W26"), week_file_name("2026-W26", 1)
    ('riskmap-2026-W26.xlsx', 'riskmap-2026-W26-r1.xlsx')
    """
    return f"riskmap-{week}{'' if revision is None else f'-r{revision}'}.xlsx"


def stored_week_xlsx(
    ws: Workspace,
    week: str,
    revision: int | None = None,
    *,
    persons: bool = True,
    shown: Callable[[Any], Any] = lambda document: document,
) -> bytes:
    """Return the workbook of a stored week; without `persons` not who published it.

    `shown` says how documents are written for the reader, as they are when not given.

    Raises
    ------
    NotFoundError
        The week, or this revision of it, was never computed.
    """
    document = read_week(ws, week, revision)
    if not persons:
        document["published_by"] = None
    details = read_town_weeks(ws, week, document["revision"])
    return week_xlsx(shown(document), shown(details), ws.settings.district.name)
