"""`riskmap layers`: what is loaded, how old it is, and whether it is stale."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, present, print_json

if TYPE_CHECKING:
    from riskmap.layer_store import Snapshot
    from riskmap.workspace import Workspace


def layers(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出图层：行数、拒收、年龄、坐标、来源文件、是否过期。"""
    with opened(context) as workspace:
        rows = layer_rows(workspace, present())
    if as_json:
        print_json(rows)
    else:
        _show(rows)


def layer_rows(workspace: "Workspace", now: datetime) -> list[dict[str, Any]]:
    """Return one row per layer of the contract, loaded or not."""
    from layers.contracts.layers import LAYER_CONTRACTS  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.layer_store import current  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.schemes import scheme_in_use  # noqa: PLC0415  (as above)

    limits = scheme_in_use(workspace).layer_limits_days
    return [
        {"layer": name, "title": contract.title_zh}
        | _row(current(workspace, name), limits.get(name), now)
        for name, contract in LAYER_CONTRACTS.items()
    ]


def _row(snapshot: "Snapshot | None", limit_days: float | None, now: datetime) -> dict[str, Any]:
    if snapshot is None:
        return {"loaded": False}
    age_days = (now - snapshot.imported_at).total_seconds() / 86400
    return {
        "loaded": True,
        "rows": snapshot.rows,
        "rejected": snapshot.rejected,
        "imported_at": snapshot.imported_at.isoformat(),
        "age_days": round(age_days, 2),
        "limit_days": limit_days,
        "stale": limit_days is not None and age_days > limit_days,
        "datum": dict(snapshot.datum),
        "files": [
            {"file": source.get("file"), "sha256": source.get("sha256")}
            for source in snapshot.sources
        ],
        "digest": snapshot.digest,
    }


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  (not for --help)
    from rich.console import Console  # noqa: PLC0415  (not for --help)
    from rich.markup import escape  # noqa: PLC0415  (as above)
    from rich.table import Table  # noqa: PLC0415  (as above)

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("图层", "行数", "拒收", "年龄", "坐标", "来源文件", "快照"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        if not row["loaded"]:
            table.add_row(f"{row['title']} {row['layer']}", "—", "—", "未导入", "—", "—", "—")
            continue
        limit = f"（过期，上限 {row['limit_days']:g} 天）" if row["stale"] else ""
        table.add_row(
            f"{row['title']} {row['layer']}",
            str(row["rows"]),
            str(row["rejected"]),
            f"{row['age_days']:.1f} 天{limit}",
            str(row["datum"].get("taken", "—")),
            escape("、".join(str(source["file"]) for source in row["files"])),
            row["digest"][:8],
        )
    Console().print(table)
