"""`riskmap weekly`: compute the weekly index of an ISO week as a draft, and show a stored one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import first_run, opened, operator, present, print_json, progress
from riskmap.errors import LookBackError

if TYPE_CHECKING:
    from riskmap.workspace import Workspace

WeekOption = Annotated[
    str | None,
    typer.Option("--week", metavar="WEEK", help="哪一周，例如 2026-W26；默认最近截止的一周"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def compute(
    context: typer.Context,
    week: WeekOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="只计到此刻已知的情况；截止之后须连同 --reason；早于已有的稿时只显示、不入库",
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="更正已发布的一周：计入截止之后才知道的，并写明理由"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """计算一周的安全生产管控力指数（草稿）；结果相同时不产生新稿，已发布的不变。"""
    from riskmap.moment import parse_time  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.weekly.computing import compute_week, store_week  # noqa: PLC0415  (heavy)
    from riskmap.weekly.weeks import look_back_document, read_week  # noqa: PLC0415  (SQLAlchemy)

    now, not_stored = present(), ""
    with opened(context) as workspace:
        chosen = chosen_week(workspace, week)
        until = parse_time(as_of, workspace.settings.zone) if as_of else None
        with progress(first_run(f"正在计算 {chosen}……"), as_json):
            worked = compute_week(workspace, chosen, now=now, as_of=until, reason=reason)
            try:
                revision = store_week(workspace, operator(), worked, now=now)
            except LookBackError as error:
                document, not_stored = look_back_document(workspace, worked, now), str(error)
            else:
                document = read_week(workspace, chosen, revision)
    if not_stored and not as_json:
        typer.echo(not_stored)
    _print(document, as_json)


def show(
    context: typer.Context,
    week: WeekOption = None,
    revision: Annotated[
        int | None, typer.Option("--revision", help="第几版；默认已发布的，否则最新的")
    ] = None,
    town: Annotated[
        str | None,
        typer.Option(
            "--town", metavar="TOWN", help="只说明一个镇街（名称或代码）：失分、可补、逐项"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """显示已算好的一周：排名、颜色、把握、最弱方面、失分最多的指标。"""
    from riskmap.daily.days import find_town  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.weekly.explaining import explain_town_week  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.weekly.telling import revision_line  # noqa: PLC0415  (as above)
    from riskmap.weekly.weeks import read_town_week, read_week  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        document = read_week(workspace, stored_week(workspace, week), revision)
        if town is None:
            _print(document, as_json)
            return
        code = find_town(document, town)
        detail = read_town_week(workspace, document["week"], code, document["revision"])
    if as_json:
        print_json(detail)
        return
    for line in (*explain_town_week(document, detail), "", revision_line(document)):
        typer.echo(line)


def stored_week(workspace: "Workspace", text: str | None) -> str:
    """Return the week given, else the newest that was computed, else the last that is over."""
    from riskmap.weekly.weeks import list_weeks  # noqa: PLC0415  (SQLAlchemy)

    stored = list_weeks(workspace) if text is None else []
    return str(stored[0]["week"]) if stored else chosen_week(workspace, text)


def chosen_week(workspace: "Workspace", text: str | None) -> str:
    """Return the week given, else the last one whose cut-off is over."""
    from riskmap.weekly.moments import current_week, parse_week  # noqa: PLC0415  (heavy)

    return parse_week(text) if text else current_week(workspace, present())


def _print(document: dict[str, Any], as_json: bool) -> None:
    from riskmap.weekly.telling import head_lines, note_lines, town_cells  # noqa: PLC0415  (as above)

    if as_json:
        print_json(document)
        return
    for line in head_lines(document):
        typer.echo(line)
    _print_towns(town_cells(document))
    for line in note_lines(document):
        typer.echo(line)


def _print_towns(rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (short start for --help)
    from rich.table import Table  # noqa: PLC0415  (as above)

    table = Table(box=None, pad_edge=False)
    right = ("名次", "指数", "较上周")
    for title in ("名次", "镇街", "指数", "级别", "较上周", "名次区间", "最弱方面", "失分最多"):
        table.add_column(title, justify="right" if title in right else "left")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
