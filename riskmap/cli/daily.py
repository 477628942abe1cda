"""`riskmap daily`: compute the day's five-colour map as a draft."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import first_run, opened, operator, present, print_json, progress
from riskmap.errors import LookBackError

if TYPE_CHECKING:
    from riskmap.daily.later import Later
    from riskmap.workspace import Workspace


def daily(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期，例如 2026-06-30；默认今天")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="只计到此刻已知的情况，例如 2026-06-30T10:30；早于已有的稿时只显示、不入库",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """计算一天的五色图（草稿）；重复运行结果相同时不产生新稿，回看只显示。"""
    from riskmap.daily.computing import compute_day, store_day  # noqa: PLC0415  (heavy, not for --help)
    from riskmap.daily.days import read_revision  # noqa: PLC0415  (as above)
    from riskmap.daily.later import later_records  # noqa: PLC0415  (as above)
    from riskmap.daily.look_back import look_back_document  # noqa: PLC0415  (as above)
    from riskmap.moment import parse_time  # noqa: PLC0415  (as above)

    now, unchanged, not_stored = present(), False, ""
    with opened(context) as workspace:
        chosen = chosen_day(workspace, day)
        zone = workspace.settings.zone
        until = parse_time(as_of, zone, chosen) if as_of else None
        with progress(first_run(f"正在计算 {chosen}……"), as_json):
            result = compute_day(workspace, chosen, as_of=until, now=now)
            try:
                outcome = store_day(workspace, result, operator())
            except LookBackError as error:
                document, not_stored = look_back_document(workspace, result), str(error)
            else:
                document = read_revision(workspace, chosen, outcome.revision)
                unchanged = outcome.unchanged
        later = later_records(workspace, result.moment, now)
    if as_json:
        said = [{"kind": one.kind, "count": one.count} for one in later]
        print_json({**document, "unchanged": unchanged, "not_counted": said})
        return
    if not_stored:
        typer.echo(not_stored)
    for line in headline_lines(document):
        typer.echo(line)
    print_towns(document)
    _notes(document, later, unchanged)


def chosen_day(workspace: "Workspace", text: str | None) -> date:
    """Return the date given, else today in the district's zone."""
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)

    return parse_day(text) if text else present().astimezone(workspace.settings.zone).date()


def headline_lines(document: dict[str, Any]) -> list[str]:
    """Return the day in one line, and the signals in force."""
    from riskmap.daily.explaining import level_word  # noqa: PLC0415  (short start for --help)

    counts, before = document["headline_counts"], document["headline_previous"]
    said = " ".join(f"{count}{level_word(level)}" for level, count in counts.items() if count)
    lines = [f"{document['date']} {document['district']['name']}：{said or '没有镇街'}"]
    if before is not None:
        worse = sum(counts[level] - before[level] for level in ("red", "orange"))
        lines[0] += f"（红橙较昨日 {worse:+d}）"
    for signal in document["signals"]:
        lines.append(f"  {signal['title']}（{signal['station']} {signal['issued_at'][11:16]}）")
    return lines


def print_towns(document: dict[str, Any]) -> None:
    """Print the towns by level, then by score, worst first; those without a level last."""
    from rich.console import Console  # noqa: PLC0415  (short start for --help)
    from rich.table import Table  # noqa: PLC0415  (as above)

    from riskmap.daily.explaining import level_word, worst_first  # noqa: PLC0415  (as above)

    table = Table(box=None, pad_edge=False)
    for title in ("镇街", "级别", "分值", "较昨日", "主导行业", "规则"):
        table.add_column(title, justify="right" if title in ("分值", "较昨日") else "left")
    for row in worst_first(document["towns"]):
        change = row["change"]["score"]
        rules = sorted({f["rule"] for f in row["floors"] if f["effect"]})
        table.add_row(
            row["name"],
            level_word(row["level"]),
            "—" if row["score"] is None else f"{row['score']:.1f}",
            "—" if change is None else f"{change:+.1f}",
            row["dominant_sector"] or "—",
            " ".join(rules),
        )
    Console(highlight=False).print(table)


def _notes(document: dict[str, Any], later: "list[Later]", unchanged: bool) -> None:
    from riskmap.records.statements import STATED  # noqa: PLC0415  (heavy, not for --help)

    status = "已发布" if document["status"] == "published" else "草稿"
    same = "，与上次结果相同" if unchanged else ""
    what = f"第 {document['revision']} 版（{status}{same}）" if document["revision"] else "回看"
    typer.echo(f"{what}，计到 {document['known_until']}")
    fresh = document["towns"][0]["freshness"] if document["towns"] else {"stale": []}
    if fresh["stale"]:
        typer.echo(f"来源过期：{'、'.join(fresh['stale'])}")
        if set(STATED) & set(fresh["stale"]):
            typer.echo("  逐条登记不等于报全：交一次文件，或 riskmap record KIND --complete")
    unknown = [k for k, v in document["provenance"]["records"].items() if not v["known"]]
    if unknown:
        typer.echo(f"从未送达（按未知处理）：{'、'.join(unknown)}")
    if later:
        said = "；".join(one.line() for one in later)
        typer.echo(f"当日 {document['at'][11:16]} 之后未计入：{said}。用 --as-of 时刻 可计入")
