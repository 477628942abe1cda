"""`riskmap token …`: tokens of machines that send or read data."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, operator, present, print_json

if TYPE_CHECKING:
    from riskmap.access.tokens import Token

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def issue(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="用在哪里，如“水位站网关”")],
    scope: Annotated[list[str], typer.Option("--scope", help="范围，如 device.send，可写多次")],
    town: Annotated[
        str | None, typer.Option("--town", help="只限这个镇街（9 位代码），默认全区")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="有效天数，最多 366")] = 90,
    as_json: Json = False,
) -> None:
    """签发令牌；令牌只显示这一次，库里只存它的摘要。"""
    from riskmap.access.tokens import issue_token  # noqa: PLC0415  (SQLAlchemy, not for --help)

    now = present()
    with opened(context) as workspace:
        token, text = issue_token(
            workspace, operator(), name=name, scopes=scope, town=town, days=days, now=now
        )
    if as_json:
        print_json({**_document(token, now), "token": text})
        return
    typer.echo(f"已签发令牌 {token.id}（{token.name}），{token.expires_at:%Y-%m-%d} 到期。")
    typer.echo(f"令牌（只显示这一次）：{text}")


def list_(context: typer.Context, as_json: Json = False) -> None:
    """列出全部令牌：范围、到期、最近使用。"""
    from riskmap.access.tokens import list_tokens  # noqa: PLC0415  (as above)

    now = present()
    with opened(context) as workspace:
        tokens = list_tokens(workspace, operator())
    if as_json:
        print_json([_document(token, now) for token in tokens])
        return
    for token in tokens:
        used = f"{token.used_at:%Y-%m-%d %H:%M} UTC" if token.used_at else "从未使用"
        parts = (str(token.id), token.name, "、".join(token.scopes), token.town or "全区")
        typer.echo("  ".join((*parts, _state(token, now), f"最近使用：{used}")))
    if not tokens:
        typer.echo("还没有令牌。")


def revoke(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="令牌编号，见 token list")],
    as_json: Json = False,
) -> None:
    """撤销令牌，立即失效。"""
    from riskmap.access.tokens import revoke_token  # noqa: PLC0415  (as above)

    now = present()
    with opened(context) as workspace:
        token = revoke_token(workspace, operator(), number, now=now)
    if as_json:
        print_json(_document(token, now))
    else:
        typer.echo(f"已撤销令牌 {token.id}（{token.name}）。")


def _document(token: "Token", now: datetime) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "town": token.town,
        "created_at": token.created_at.isoformat(),
        "created_by": token.created_by,
        "expires_at": token.expires_at.isoformat(),
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
        "used_at": token.used_at.isoformat() if token.used_at else None,
        "valid": token.valid(now),
    }


def _state(token: "Token", now: datetime) -> str:
    if token.revoked_at is not None:
        return "已撤销"
    until = f"{token.expires_at:%Y-%m-%d}"
    return f"{until} 到期" if token.valid(now) else f"{until} 已过期"
