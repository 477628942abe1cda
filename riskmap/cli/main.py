"""The command `riskmap`: its list of commands, and how errors end it."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from riskmap.cli.state import State
from riskmap.cli.usage import UsageError, usage_line
from riskmap.errors import CLEAR_ERRORS, FieldsError

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("init", "riskmap.cli.init", "init"),
    ("import", "riskmap.cli.imports", "import_layer"),
    ("layers", "riskmap.cli.layers", "layers"),
    ("record", "riskmap.cli.record", "record"),
    ("warnings", "riskmap.cli.warnings", "warnings"),
    ("daily", "riskmap.cli.daily", "daily"),
    ("explain", "riskmap.cli.explain", "explain"),
    ("publish", "riskmap.cli.publish", "publish"),
    ("replay", "riskmap.cli.replay", "replay"),
    ("export", "riskmap.cli.export", "export"),
    ("serve", "riskmap.cli.serve", "serve"),
    ("demo", "riskmap.cli.demo", "demo"),
    ("sample", "riskmap.cli.sample", "sample"),
    ("backup", "riskmap.cli.backup", "backup"),
    ("restore", "riskmap.cli.backup", "restore"),
    ("migrate-db", "riskmap.cli.backup", "migrate_db"),
)
"""Command, module, function: one line per command."""

GROUPS: tuple[tuple[str, str, str, str], ...] = (
    ("scheme", "check", "riskmap.cli.scheme", "check"),
    ("scheme", "show", "riskmap.cli.scheme", "show"),
    ("scheme", "diff", "riskmap.cli.scheme", "diff"),
    ("scheme", "calibrate", "riskmap.cli.calibrate", "calibrate"),
    ("shelters", "coverage", "riskmap.cli.shelters", "coverage"),
    ("weekly", "compute", "riskmap.cli.weekly", "compute"),
    ("weekly", "show", "riskmap.cli.weekly", "show"),
    ("weekly", "template", "riskmap.cli.weekly_template", "template"),
    ("weekly", "import", "riskmap.cli.weekly_template", "import_"),
    ("weekly", "deliveries", "riskmap.cli.weekly_template", "deliveries"),
    ("weekly", "export", "riskmap.cli.weekly_export", "export"),
    ("danger", "list", "riskmap.cli.dangers", "list_"),
    ("danger", "show", "riskmap.cli.dangers", "show"),
    ("danger", "report", "riskmap.cli.dangers", "report"),
    ("danger", "act", "riskmap.cli.dangers", "act"),
    ("danger", "due", "riskmap.cli.danger_office", "due"),
    ("danger", "signs", "riskmap.cli.danger_office", "signs"),
    ("danger", "export", "riskmap.cli.danger_office", "export"),
    ("card", "list", "riskmap.cli.cards", "list_"),
    ("card", "show", "riskmap.cli.cards", "show"),
    ("card", "give", "riskmap.cli.cards", "give"),
    ("card", "decline", "riskmap.cli.cards", "decline"),
    ("card", "hold", "riskmap.cli.cards", "hold"),
    ("card", "answer", "riskmap.cli.cards", "answer"),
    ("card", "send-back", "riskmap.cli.cards", "send_back"),
    ("card", "apply", "riskmap.cli.cards", "apply"),
    ("card", "refuse", "riskmap.cli.cards", "refuse"),
    ("card", "release", "riskmap.cli.cards", "release"),
    ("card", "withdraw", "riskmap.cli.cards", "withdraw"),
    ("audit", "verify", "riskmap.cli.audit", "verify"),
    ("audit", "list", "riskmap.cli.audit", "list_rows"),
    ("audit", "export", "riskmap.cli.audit", "export"),
    ("devices", "listen", "riskmap.cli.devices", "listen"),
    ("devices", "list", "riskmap.cli.devices", "list_"),
    ("user", "add", "riskmap.cli.users", "add"),
    ("user", "list", "riskmap.cli.users", "list_"),
    ("user", "disable", "riskmap.cli.users", "disable"),
    ("user", "enable", "riskmap.cli.users", "enable"),
    ("user", "password", "riskmap.cli.users", "password"),
    ("user", "role", "riskmap.cli.users", "role"),
    ("token", "issue", "riskmap.cli.tokens", "issue"),
    ("token", "list", "riskmap.cli.tokens", "list_"),
    ("token", "revoke", "riskmap.cli.tokens", "revoke"),
)
"""Group, command, module, function: one line per command of a group."""

GROUP_HELP = {
    "scheme": "评分方案：检查、显示、比较、校准。",
    "shelters": "避难场所：人均面积与缺口。",
    "weekly": "周指数：计算（默认）、查看、部门报送。",
    "danger": "隐患：列出、查看、上报、办理、到期、核查线索、导出。",
    "card": "白黄红牌：列出、查看、发牌、暂缓、答复、解除、撤回。",
    "devices": "设备：收取消息、在线情况。",
    "user": "账号：新建、停用、密码、角色。",
    "token": "令牌：签发给机器、撤销。",
    "audit": "审计：核对、列出、导出谁在何时做了什么。",
}


class ClearGroup(TyperGroup):
    """The top group: errors that a user can mend end as one line and exit code 2."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the options before the command's name."""
        with _usage_as_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; print a clear error instead of a traceback."""
        from riskmap.storage.errors import clear_storage_errors  # noqa: PLC0415  (SQLAlchemy)

        try:
            with clear_storage_errors(), _usage_as_line():
                return super().invoke(ctx)
        except CLEAR_ERRORS as error:
            typer.echo("错误：" + " ".join(_said(error).split()), err=True)
            raise typer.Exit(2) from error


def _said(error: Exception) -> str:
    """Return an error as a command says it: of fields without what only a form can keep."""
    return f"{error.what}：{error.value}。" if isinstance(error, FieldsError) else str(error)


@contextmanager
def _usage_as_line() -> Iterator[None]:
    """End a wrongly typed command as one line; a group named alone shows its help instead."""
    try:
        yield
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        typer.echo("错误：" + usage_line(error), err=True)
        raise typer.Exit(2) from error


class UsualGroup(TyperGroup):
    """A group that runs its usual command where none is named: `riskmap weekly --week W`."""

    usual = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the usual command where none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        parsed: list[str] = super().parse_args(ctx, args if named else [self.usual, *args])
        return parsed


class SheltersGroup(UsualGroup):
    """`riskmap shelters` alone is `riskmap shelters coverage`."""

    usual = "coverage"


class WeeklyGroup(UsualGroup):
    """`riskmap weekly` alone is `riskmap weekly compute`."""

    usual = "compute"


GROUP_KINDS: dict[str, type[TyperGroup]] = {"shelters": SheltersGroup, "weekly": WeeklyGroup}
"""Groups that are more than a list of commands."""


def build_app() -> typer.Typer:
    """Return the command line with every command of COMMANDS and GROUPS."""
    application = typer.Typer(
        cls=ClearGroup,
        name="riskmap",
        help="区县安全风险五色图：数据入库、每日研判、说明、发布。",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    application.callback()(options)
    for name, module, function in COMMANDS:
        application.command(name)(_command(module, function))
    groups: dict[str, typer.Typer] = {}
    for group, name, module, function in GROUPS:
        if group not in groups:
            groups[group] = typer.Typer(
                cls=GROUP_KINDS.get(group, TyperGroup),
                no_args_is_help=group not in GROUP_KINDS,
                help=GROUP_HELP[group],
            )
            application.add_typer(groups[group], name=group)
        groups[group].command(name)(_command(module, function))
    return application


def options(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            help="工作区文件夹（默认：环境变量 RISKMAP_WORKSPACE，否则当前文件夹）",
        ),
    ] = None,
) -> None:
    """区县安全风险五色图：数据入库、每日研判、说明、发布。"""
    context.obj = State(workspace)


def _command(module: str, function: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


app = build_app()


def run() -> None:
    """Run the command line (the console script `riskmap`)."""
    app()
