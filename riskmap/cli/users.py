"""`riskmap user …`: accounts of people; the first administrator is made here."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, operator, present, print_json

if TYPE_CHECKING:
    from riskmap.access.users import User

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="登录名")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Town = Annotated[str | None, typer.Option("--town", help="填报员的镇街（9 位代码）")]
Domains = Annotated[list[str] | None, typer.Option("--domain", help="检查员的领域，可写多次")]
Enterprise = Annotated[str | None, typer.Option("--enterprise", help="企业用户的企业编号")]
ROLES = "viewer、reporter、inspector、duty、administrator、enterprise"


def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option("--name", help="姓名")],
    role: Annotated[str, typer.Option("--role", help=f"角色：{ROLES}")],
    town: Town = None,
    domain: Domains = None,
    enterprise: Enterprise = None,
    password: Annotated[
        bool, typer.Option("--password/--no-password", help="给初始密码；否则只用统一身份认证登录")
    ] = True,
    as_json: Json = False,
) -> None:
    """新建账号；初始密码随机，只显示一次，首次登录须改。"""
    from riskmap.access.users import add_user  # noqa: PLC0415  (SQLAlchemy, not for --help)

    with opened(context) as workspace:
        user, first = add_user(
            workspace, operator(), login=login, name=name, role=role, town=town,
            domains=domain or (), enterprise_id=enterprise, with_password=password, now=present(),
        )  # fmt: skip
    _show(user, as_json, f"已新建账号 {user.login}（{user.name}）。", first if password else None)


def list_(context: typer.Context, as_json: Json = False) -> None:
    """列出全部账号：角色、范围、状态。"""
    from riskmap.access.users import account, list_users  # noqa: PLC0415  (as above)

    with opened(context) as workspace:
        users = list_users(workspace, operator())
    if as_json:
        print_json([account(user) for user in users])
        return
    for user in users:
        typer.echo("  ".join((user.login, user.name, _scope(user), _state(user))))
    if not users:
        typer.echo("还没有账号。用 riskmap user add 新建第一个管理员。")


def disable(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """停用账号：立即退出登录；做过的事仍记在其名下。"""
    from riskmap.access.users import disable_user  # noqa: PLC0415  (as above)

    with opened(context) as workspace:
        user = disable_user(workspace, operator(), login, now=present())
    _show(user, as_json, f"已停用 {user.login}，其登录已全部结束。")


def enable(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """重新启用账号，也解除因输错密码的暂停。"""
    from riskmap.access.users import enable_user  # noqa: PLC0415  (as above)

    with opened(context) as workspace:
        user = enable_user(workspace, operator(), login, now=present())
    _show(user, as_json, f"已启用 {user.login}。")


def password(
    context: typer.Context,
    login: Login,
    second_factor: Annotated[
        bool, typer.Option("--drop-second-factor", help="同时取消动态口令（手机丢失时）")
    ] = False,
    as_json: Json = False,
) -> None:
    """重设密码：给一个新的初始密码，只显示一次，须改；已有登录全部结束。"""
    from riskmap.access.second_factor import remove_of  # noqa: PLC0415  (as above)
    from riskmap.access.users import reset_password  # noqa: PLC0415  (as above)

    with opened(context) as workspace:
        if second_factor:
            remove_of(workspace, operator(), login, now=present())
        user, first = reset_password(workspace, operator(), login, now=present())
    _show(user, as_json, f"已重设 {user.login} 的密码。", first)


def role(
    context: typer.Context,
    login: Login,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=f"角色：{ROLES}")],
    town: Town = None,
    domain: Domains = None,
    enterprise: Enterprise = None,
    as_json: Json = False,
) -> None:
    """改账号的角色和范围，立即生效。"""
    from riskmap.access.users import change_user  # noqa: PLC0415  (as above)

    given = {"town": town, "domains": domain, "enterprise_id": enterprise}
    changes = {"role": role, **{name: value for name, value in given.items() if value}}
    with opened(context) as workspace:
        user = change_user(workspace, operator(), login, changes, now=present())
    _show(user, as_json, f"已改 {user.login} 的角色：{_scope(user)}。")


def _show(user: "User", as_json: bool, said: str, first: str | None = None) -> None:
    from riskmap.access.users import account  # noqa: PLC0415  (as above)

    if as_json:
        document: dict[str, Any] = account(user)
        print_json(document if first is None else {**document, "first_password": first})
        return
    typer.echo(said)
    if first is not None:
        typer.echo(f"初始密码（只显示这一次，首次登录须改）：{first}")


def _scope(user: "User") -> str:
    """Return role and own town, domains or enterprise in words."""
    from riskmap.access.actors import ROLE_ZH  # noqa: PLC0415  (as above)

    own = "、".join(filter(None, (user.town, *user.domains, user.enterprise_id)))
    return ROLE_ZH[user.role] + (f"（{own}）" if own else "")


def _state(user: "User") -> str:
    if user.disabled_at is not None:
        return "已停用"
    if user.locked_until is not None and present() < user.locked_until:
        return "输错密码，暂停登录中"
    return "未改初始密码" if user.must_change_password else "可用"
