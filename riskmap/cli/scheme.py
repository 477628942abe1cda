"""`riskmap scheme check|show|diff`: scoring schemes as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, print_json

if TYPE_CHECKING:
    from scoring.scheme import Scheme

_File = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="方案文件；不写则为现用方案", readable=False)
]
_Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def check(context: typer.Context, file: _File = None, as_json: _Json = False) -> None:
    """检查方案：分档无缝无重叠、权重之和为 1、代码都存在、每个数有出处。"""
    scheme = _scheme(context, file)
    if as_json:
        print_json({"version": scheme.version, "digest": scheme.digest, "faults": []})
    else:
        typer.echo(f"方案无误：{scheme.title}，版本 {scheme.version}，{scheme.digest[:12]}")


def show(context: typer.Context, file: _File = None, as_json: _Json = False) -> None:
    """显示方案的要点：有效期、部门权重、分档、图层与记录的时限。"""
    scheme = _scheme(context, file)
    document = _document(scheme)
    if as_json:
        print_json(document)
        return
    typer.echo(f"{scheme.title}，版本 {scheme.version}（{scheme.valid_from} 至 {scheme.valid_to}）")
    typer.echo(f"摘要 {scheme.digest}")
    typer.echo(
        "部门权重："
        + "，".join(f"{code} {weight:g}" for code, weight in document["sectors"].items())
    )
    typer.echo(
        "分档（不低于）："
        + "，".join(f"{row['level']} {row['min']:g}" for row in document["bands"])
    )
    typer.echo("图层时限（天）：" + _listed(document["layer_limits_days"]))
    typer.echo("记录时限（小时）：" + _listed(document["record_limits_hours"]))


def diff(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要比较的方案文件", readable=False)],
    other: Annotated[
        Path | None,
        typer.Argument(metavar="OTHER", help="与谁比较；不写则为现用方案", readable=False),
    ] = None,
    as_json: _Json = False,
) -> None:
    """比较两个方案：逐个数列出不同。"""
    from riskmap.schemes import differences, read_scheme  # noqa: PLC0415  (SQLAlchemy)

    before, after = _scheme(context, other), read_scheme(file)
    rows = differences(before.text, after.text)
    if as_json:
        print_json(
            [{"place": place, "before": str(old), "after": str(new)} for place, old, new in rows]
        )
        return
    typer.echo(f"{before.version} → {after.version}：{len(rows)} 处不同")
    for place, old, new in rows:
        typer.echo(f"  {place}：{_value(old)} → {_value(new)}")


def _scheme(context: typer.Context, file: Path | None) -> "Scheme":
    from riskmap.schemes import read_scheme, scheme_in_use  # noqa: PLC0415  (SQLAlchemy)

    if file is not None:
        return read_scheme(file)
    with opened(context) as workspace:
        return scheme_in_use(workspace)


def _document(scheme: "Scheme") -> dict[str, Any]:
    return {
        "version": scheme.version,
        "title": scheme.title,
        "digest": scheme.digest,
        "valid_from": scheme.valid_from.isoformat(),
        "valid_to": scheme.valid_to.isoformat(),
        "sectors": {sector.code: sector.weight for sector in scheme.sectors},
        "bands": [{"level": band.level, "min": band.min} for band in scheme.bands],
        "layer_limits_days": dict(scheme.layer_limits_days),
        "record_limits_hours": dict(scheme.record_limits_hours),
    }


def _listed(values: dict[str, float]) -> str:
    return "，".join(f"{name} {value:g}" for name, value in values.items())


def _value(value: Any) -> str:
    return "（无）" if value is None else str(value)
