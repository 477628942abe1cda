"""`riskmap danger …`: list, show, report hidden dangers and move them on, from the server."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, operator, present, print_json
from riskmap.errors import RiskmapError

if TYPE_CHECKING:
    from riskmap.ledger.danger_list import DangerRow
    from riskmap.ledger.versions import Danger
    from riskmap.workspace import Workspace

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="隐患编号")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Fields = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="字段=值，可写多次；值留空即清空"),
]
Photos = Annotated[
    list[Path] | None, typer.Option("--photo", metavar="FILE", help="照片文件，可写多次")
]


def list_(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option("--state", help="状态，或 open、not_rectified")
    ] = None,
    town: Annotated[str | None, typer.Option("--town", help="镇街代码")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="领域")] = None,
    grade: Annotated[str | None, typer.Option("--grade", help="general 或 major")] = None,
    overdue: Annotated[
        bool | None, typer.Option("--overdue/--in-time", help="只看超期的，或只看未超期的")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", help="编号、描述、地点、单位里的文字")
    ] = None,
    page: Annotated[int, typer.Option("--page", help="第几页，每页 50 条")] = 1,
    as_json: Json = False,
) -> None:
    """列出隐患：状态、期限、超期天数。"""
    from riskmap.ledger.danger_list import list_dangers  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        found = list_dangers(
            workspace, operator(), state=state, town=town, domain=domain, grade=grade,
            overdue=overdue, q=search, page=page, now=present(),
        )  # fmt: skip
    if as_json:
        rows = [_row_document(row) for row in found.rows]
        print_json({"total": found.total, "page": found.page, "pages": found.pages, "rows": rows})
        return
    for row in found.rows:
        typer.echo(_row_line(row))
    typer.echo(f"共 {found.total} 条，第 {found.page}/{max(found.pages, 1)} 页")


def show(
    context: typer.Context,
    number: Number,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", help="按这一时刻所知显示（工作区时区）")
    ] = None,
    as_json: Json = False,
) -> None:
    """显示一条隐患：内容、经过、照片、现在可以办什么。"""
    from riskmap.ledger.dangers import read_danger  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        known = as_of.replace(tzinfo=workspace.settings.zone) if as_of is not None else None
        _show(workspace, read_danger(workspace, number, known), as_json)


def report(
    context: typer.Context, fields: Fields = None, photo: Photos = None, as_json: Json = False
) -> None:
    """上报一条隐患，编号自动生成。"""
    from riskmap.ledger import dangers  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        now, actor = present(), operator()
        danger = dangers.report(
            workspace, actor, _parsed(fields), photos=_taken(workspace, photo, now), now=now
        )
        _show(workspace, danger, as_json)


def act(
    context: typer.Context,
    number: Number,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="操作，例如 assign")],
    fields: Fields = None,
    photo: Photos = None,
    version: Annotated[
        int | None, typer.Option("--version", help="看到的版本号；不写则按现在的版本办理")
    ] = None,
    held_at: Annotated[
        str | None, typer.Option("--at", help="实际办理的时间，例如 2026-06-30T08:15")
    ] = None,
    as_json: Json = False,
) -> None:
    """办理一条隐患：曝光、交办、整改、复查、销号、延期、挂牌、移送、重新打开、更正、备注。"""
    from riskmap.ledger import dangers  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        now, actor = present(), operator()
        seen = dangers.read_danger(workspace, number).version if version is None else version
        danger = dangers.act(
            workspace, actor, number, action, _parsed(fields), version=seen,
            photos=_taken(workspace, photo, now), held_at=held_at, now=now,
        )  # fmt: skip
        _show(workspace, danger, as_json)


def _parsed(fields: list[str] | None) -> dict[str, str]:
    parsed: dict[str, str] = {}
    for text in fields or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise RiskmapError("--set 的写法不对", text, "写成 字段=值，例如 --set domain=消防")
        parsed[name.strip()] = value
    return parsed


def _taken(workspace: "Workspace", files: list[Path] | None, now: datetime) -> list[str]:
    """Take photo files in; return their digests."""
    from riskmap.ledger.photos import take_photo  # noqa: PLC0415  (Pillow)

    for path in files or ():
        if not path.is_file():
            raise RiskmapError("找不到照片文件", path, "检查路径和文件名")
    actor = operator()
    return [take_photo(workspace, actor, path.read_bytes(), now=now).digest for path in files or ()]


def _row_document(row: "DangerRow") -> dict[str, Any]:
    from riskmap.ledger.versions import plain  # noqa: PLC0415  (SQLAlchemy)

    record = {name: plain(value) for name, value in row.record.items()}
    return record | {
        "number": row.number,
        "version": row.version,
        "state": str(row.state),
        "due": row.due.isoformat(),
        "overdue_days": row.overdue_days,
        "remind": row.remind,
    }


def _row_line(row: "DangerRow") -> str:
    from riskmap.ledger.states import STATE_ZH  # noqa: PLC0415  (as above)
    from riskmap.records.dangers import GRADE_ZH  # noqa: PLC0415  (pandas)

    found = row.record
    late = f"超期 {row.overdue_days} 天" if row.overdue_days else f"{row.due} 到期"
    text = " ".join(str(found["description"] or "").split())[:40]
    grade = GRADE_ZH.get(found["grade"], str(found["grade"]))
    parts = (row.number, STATE_ZH[row.state], grade, found["town"], found["domain"], late, text)
    return "  ".join(str(part) for part in parts)


def _show(workspace: "Workspace", danger: "Danger", as_json: bool) -> None:
    from riskmap.ledger.dangers import allowed  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.ledger.states import BY_ACTION, STATE_ZH  # noqa: PLC0415  (as above)

    possible = allowed(danger, operator())
    if as_json:
        print_json(danger.document() | {"allowed": [one.action for one in possible]})
        return
    zone = workspace.settings.zone
    typer.echo(f"{danger.number}  {STATE_ZH[danger.state]}  第 {danger.version} 版")
    for name, value in danger.record.items():
        if value is not None and name not in ("number", "state", "version"):
            shown = value.astimezone(zone) if isinstance(value, datetime) else value
            typer.echo(f"  {name}：{shown}")
    for step in danger.steps:
        title = BY_ACTION[step.action].title_zh if step.action in BY_ACTION else step.action
        said = f"：{step.comment}" if step.comment else ""
        photos = f"（照片 {len(step.photos)} 张）" if step.photos else ""
        when = step.held_at.astimezone(zone)
        typer.echo(
            f"  [{step.version}] {when:%Y-%m-%d %H:%M} {step.actor_name} {title}{said}{photos}"
        )
    typer.echo("可以办理：" + "、".join(f"{one.title_zh}（{one.action}）" for one in possible))
