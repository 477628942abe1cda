"""`riskmap scheme check|show|diff`: scoring schemes as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, print_json

if TYPE_CHECKING:
    from scoring.schemes.scheme import Scheme
    from scoring.weekly.parts import Weekly

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
    """显示方案的要点：有效期、部门权重、分档、图层与记录的时限、周指数。"""
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
    for line in _weekly_lines(document["weekly"]):
        typer.echo(line)


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
        "weekly": _weekly(scheme.weekly),
    }


def _weekly(weekly: "Weekly | None") -> dict[str, Any] | None:
    if weekly is None:
        return None
    own = ("code", "aspect", "name", "unit", "zero", "full", "points", "origin", "department")
    cards = ("card", "name", "consequence", "answer_days", "release")
    return {
        "name": weekly.name,
        "points": weekly.points,
        "aspects": [
            {"code": aspect.code, "name": aspect.name, "points": aspect.points}
            for aspect in weekly.aspects
        ],
        "indicators": [{key: getattr(one, key) for key in own} for one in weekly.indicators],
        "bands": [
            {"level": band.level, "min": band.min, "inclusive": band.inclusive}
            for band in weekly.bands
        ],
        "cards": [{key: getattr(card, key) for key in cards} for card in weekly.cards],
        "draws": weekly.doubting.draws,
        "card_probability": weekly.doubting.card_probability,
    }


def _weekly_lines(weekly: dict[str, Any] | None) -> list[str]:
    if weekly is None:
        return ["周指数：此方案没有 [weekly]，不算周指数"]
    by_department: dict[str, list[str]] = {}
    for row in weekly["indicators"]:
        by_department.setdefault(row["department"], []).append(row["code"])
    aspects = {row["name"]: row["points"] for row in weekly["aspects"]}
    bands = [
        f"{row['level']} {'不低于' if row['inclusive'] else '高于'} {row['min']:g}"
        for row in weekly["bands"]
    ]
    return [
        f"周指数：{weekly['name']}，满分 {weekly['points']:g}，{len(weekly['indicators'])} 项指标",
        "周指数各方面（分）：" + _listed(aspects),
        "周指数分档：" + "，".join(bands),
        *(f"{name}负责：{'、'.join(codes)}" for name, codes in by_department.items()),
        *(
            f"{row['name']}：{row['consequence']}；解除：{row['release']}"
            for row in weekly["cards"]
        ),
    ]


def _listed(values: dict[str, float]) -> str:
    return "，".join(f"{name} {value:g}" for name, value in values.items())


def _value(value: Any) -> str:
    return "（无）" if value is None else str(value)
