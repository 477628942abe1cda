"""`riskmap warnings`: incoming weather warnings into the store."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.record import finish
from riskmap.cli.reporting import document_on_error
from riskmap.cli.state import opened, operator, present, progress


def warnings(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="国家预警信息 JSON，一个或多个文件", readable=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """登记收到的气象预警，原文不改；不发给本区的也保存，研判时不计。"""
    from riskmap.records.importing import warning_files  # noqa: PLC0415  (SQLAlchemy, not for --help)

    with (
        document_on_error(as_json),
        opened(context) as workspace,
        progress("正在登记气象预警……", as_json),
    ):
        outcome = warning_files(workspace, files, now=present(), actor=operator())
    finish("气象预警（warnings）", outcome, as_json)
