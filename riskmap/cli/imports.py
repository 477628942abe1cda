"""`riskmap import`: files into a layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.reporting import (
    document_on_error,
    exit_code,
    import_document,
    print_document,
    show_faults,
    show_paths,
    show_refusal,
)
from riskmap.cli.state import first_run, opened, operator, present, progress

if TYPE_CHECKING:
    from riskmap.imports import ImportOutcome


def import_layer(
    context: typer.Context,
    layer: Annotated[
        str,
        typer.Argument(
            metavar="LAYER",
            help="图层：towns communities enterprises hazard_sources substances shelters targets "
            "risk_points population",
        ),
    ],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="一个或多个文件", readable=False)
    ],
    crs: Annotated[
        str | None, typer.Option("--crs", help="坐标系：EPSG 编号、gcj02 或 bd09；不写则自动判断")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="工作表或压缩包内文件名")] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="文字编码，例如 gbk；不写则自动判断")
    ] = None,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="字段=列名，可写多次"),
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="SQL", help="只取符合条件的行")
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option("--codes", help="镇街代码表，按名称补代码（code、name 两列）", readable=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """导入一个图层：检查、换坐标、保存为不可变的快照。"""
    from riskmap.imports import (  # noqa: PLC0415  (SQLAlchemy, not for --help)
        ReadOptions,
        import_layer,
        layer_contract,
        parse_column_map,
    )

    with document_on_error(as_json):
        title = layer_contract(layer).title_zh
        mapped = parse_column_map(column_map or [])
        options = ReadOptions(crs, sheet, encoding, mapped or None, where, codes)
        saying = first_run(f"正在导入{title}……")
        with opened(context) as workspace, progress(saying, as_json):
            outcome = import_layer(
                workspace,
                layer,
                files,
                options,
                now=present(),
                dry_run=dry_run,
                actor=operator(),
            )
    if as_json:
        _print_json(outcome)
    else:
        _show(layer, title, outcome, dry_run)
    if outcome.refusal:
        show_refusal(f"{title}未导入：{outcome.refusal}。按所列各行改正后重新导入。")
    raise typer.Exit(exit_code(outcome.accepted, outcome.rejected, bool(outcome.refusal)))


def _print_json(outcome: "ImportOutcome") -> None:
    print_document(
        import_document(
            outcome.accepted,
            outcome.rejected,
            outcome.faults,
            outcome.snapshot.digest if outcome.snapshot else None,
            refusal=outcome.refusal,
            datum=dict(outcome.datum),
            report=dict(outcome.report),
            rejects_file=str(outcome.rejects_file) if outcome.rejects_file else None,
            report_file=str(outcome.report_file) if outcome.report_file else None,
        )
    )


def _show(layer: str, title: str, outcome: "ImportOutcome", dry_run: bool) -> None:
    if outcome.refusal:
        typer.echo(f"{title}（{layer}）：未导入，现用图层不变。{outcome.refusal}")
    else:
        verb = "检查通过（未写入）" if dry_run else "已导入"
        rejected = f"，拒收 {outcome.rejected} 行" if outcome.rejected else ""
        unit = "格" if "cells_known" in outcome.report else "行"
        typer.echo(f"{title}（{layer}）：{verb} {outcome.accepted} {unit}{rejected}")
    for line in report_lines(outcome.datum, outcome.report):
        typer.echo(f"  {line}")
    show_faults(outcome.faults, outcome.rejects_file)
    if outcome.snapshot is not None:
        typer.echo(f"快照：{outcome.snapshot.digest[:12]}")
    show_paths(outcome.report_file)


def report_lines(datum: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """Return what the report says in words: reference system, repairs, points, provenance."""
    lines = []
    if "taken" in datum:
        origin = _ORIGINS.get(str(datum.get("origin")), "")
        lines.append(f"坐标系：{datum['taken']}{origin}")
    if datum.get("fit"):
        lines.append(fit_line(datum["fit"]))
    if report.get("repairs"):
        lines.append(f"修复了 {len(report['repairs'])} 个无效图形，面积变化见报告")
    lines += [f"{text} {report[name]}" for name, text in _POINTS.items() if report.get(name)]
    if report.get("provenance"):
        lines.append(str(report["provenance"]))
    return lines


def fit_line(fit: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how well each datum puts the points into their declared towns, best first."""
    ranked = sorted(fit.items(), key=lambda one: -float(one[1]["share_inside"]))
    said = []
    for name, found in ranked:
        away = found["median_m_outside"]
        off = "" if away is None else f"，其余中位差 {away:g} 米"
        said.append(f"{_DATUMS.get(name, name)} {found['share_inside']:.1%}{off}")
    return f"与申报镇街核对，落在其内的点（共 {ranked[0][1]['n']} 个）：{'；'.join(said)}"


_DATUMS = {"wgs84": "WGS84/CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09", "swapped": "经纬互换"}
_ORIGINS = {
    "file": "（文件自带）",
    "given": "（--crs 指定）",
    "stated": "（--crs 指定）",
    "assumed": "（文件没有写明，按此理解；如为 gcj02 或 bd09 请用 --crs 指定）",
}
_POINTS = {
    "points_near": "落在镇街缝隙、归最近镇街的点数：",
    "points_outside": "落在区外的点数：",
    "points_in_other_town": "与申报镇街不一致的点数：",
}
