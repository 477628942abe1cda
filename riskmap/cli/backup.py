"""`riskmap backup`, `riskmap restore`, `riskmap migrate-db`: the store as a whole."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import (
    EXIT_ALL,
    EXIT_SOME,
    database_url,
    opened,
    operator,
    present,
    print_json,
    progress,
    second_factor_key,
    workspace_root,
)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写成哪个文件，例如 备份.zip")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """把整个工作区备份成一个文件；服务不用停。"""
    from riskmap.storage.backup import backup as make  # noqa: PLC0415  (SQLAlchemy, not for --help)
    from riskmap.workspace import KEY_FILE  # noqa: PLC0415  (as above)

    with opened(context) as workspace, progress("正在备份……", as_json):
        done = make(workspace, file, operator(), now=present())
    if as_json:
        print_json({**vars(done), "path": str(done.path), "missing": list(done.missing)})
    else:
        typer.echo(
            f"已备份：{done.path}（{done.bytes / 1e6:.1f} MB，{done.files} 个文件，"
            f"数据库 {done.rows} 行；写好后已逐个核对）"
        )
        typer.echo(f"摘要 {done.digest}")
        typer.echo("备份里有人员信息，请放在只有管理员能看的地方，最好是另一块盘。")
        if (workspace.root / KEY_FILE).exists():
            typer.echo(f"动态口令的密钥 {KEY_FILE} 不在备份里：另抄一份，与备份分开收好。")
        for digest in done.missing:
            typer.echo(f"  [提示] 工作区里缺少数据库提到的文件：{digest}", err=True)
    raise typer.Exit(EXIT_SOME if done.missing else EXIT_ALL)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件")],
    force: Annotated[
        bool, typer.Option("--force", help="替换已有的工作区；原来的移到旁边保留")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """从备份恢复整个工作区；损坏的备份不收，已有的工作区不覆盖。"""
    from riskmap.storage.restore import restore as put  # noqa: PLC0415  (SQLAlchemy)

    root = workspace_root(context)
    with progress("正在核对并恢复……", as_json):
        done = put(
            file, root, operator(), database_url=database_url(),
            second_factor_key=second_factor_key(), force=force, now=present(),
        )  # fmt: skip
    if as_json:
        print_json(
            {
                "workspace": str(root),
                "digest": done.digest,
                "made_at": done.made_at,
                "files": done.files,
                "rows": done.rows,
                "aside": str(done.aside) if done.aside else None,
                "aside_schema": done.aside_schema,
                "audit": {"rows": done.audit.rows, "faults": list(done.audit.faults)},
                "missing": list(done.missing),
                "without_key": done.without_key,
            }
        )
        return
    typer.echo(
        f"已恢复到 {root}：{done.made_at} 的备份，{done.files} 个文件，数据库 {done.rows} 行"
    )
    typer.echo(f"摘要 {done.digest}")
    if done.aside is not None:
        typer.echo(f"原来的工作区保留在 {done.aside}")
    if done.aside_schema is not None:
        typer.echo(f"原来的表保留在 schema {done.aside_schema}")
    for fault in done.audit.faults:
        typer.echo(f"  [提示] 备份里的审计：{fault}", err=True)
    for digest in done.missing:
        typer.echo(f"  [提示] 备份时就缺少的文件：{digest}", err=True)
    _say_without_key(done.without_key)
    typer.echo("所有人都须重新登录；备份之后吊销的令牌和停用的账号请再办一次。")


def migrate_db(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="从哪里：数据库地址、riskmap.db 或工作区文件夹")
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="到哪里：空的 PostgreSQL 库，或还没有的 SQLite 文件")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """把数据库在 SQLite 与 PostgreSQL 之间搬过去；逐表比对，原库不变。"""
    from riskmap.storage.migrate import (  # noqa: PLC0415  (SQLAlchemy)
        accounts_without_key,
        migrate_database,
    )

    with progress("正在搬运并逐表比对……", as_json):
        states = migrate_database(source, target, operator(), now=present())
        keyless = accounts_without_key(source, target, second_factor_key())
    if as_json:
        tables = {name: vars(state) for name, state in states.items()}
        print_json({"tables": tables, "without_key": keyless})
        return
    for name, state in states.items():
        if state.rows:
            typer.echo(f"  {name}：{state.rows} 行，两边相同（{state.digest[:12]}）")
    typer.echo(
        f"已搬好 {sum(s.rows for s in states.values())} 行，{len(states)} 张表逐表相同；"
        "原库没有改动。"
    )
    typer.echo(
        "以后用新库：把 RISKMAP_DATABASE_URL 设成它的地址（SQLite 则放回工作区），再启动服务。"
    )
    _say_without_key(keyless)


def _say_without_key(accounts: int) -> None:
    """Say in one line that people with a second factor cannot sign in here yet."""
    from riskmap.settings import SECOND_FACTOR_KEY  # noqa: PLC0415  (short start for --help)
    from riskmap.workspace import KEY_FILE  # noqa: PLC0415  (SQLAlchemy)

    if accounts:
        typer.echo(
            f"  [提示] {accounts} 个账号设有动态口令，这里没有打开它的密钥：把原工作区的"
            f" {KEY_FILE} 放进工作区文件夹（或设 {SECOND_FACTOR_KEY}），否则这些人登录不了",
            err=True,
        )
