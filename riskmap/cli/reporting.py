"""How an import is reported: one JSON document for machines, Chinese lines for people."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from layers.faults import Fault, as_dicts
from riskmap.cli.state import EXIT_ALL, EXIT_NONE, EXIT_SOME, print_json, shown_path
from riskmap.errors import CLEAR_ERRORS

SHOWN_FAULTS = 20


def exit_code(accepted: int, rejected: int, refused: bool = False) -> int:
    """Return 0 when all was taken, 1 when some was rejected, 2 when nothing was taken.

    An empty delivery is taken whole: it says that there is nothing.
    """
    if refused or (rejected and not accepted):
        return EXIT_NONE
    return EXIT_SOME if rejected else EXIT_ALL


def import_document(
    accepted: int, rejected: int, faults: Sequence[Fault], snapshot: str | None, **more: Any
) -> dict[str, Any]:
    """Return the document of `--json` (DESIGN §4)."""
    return {
        "accepted": accepted,
        "rejected": rejected,
        "faults": as_dicts(faults),
        "snapshot": snapshot,
        **more,
    }


def print_document(document: dict[str, Any]) -> None:
    """Print the document of `--json`."""
    print_json(document)


@contextmanager
def document_on_error(as_json: bool) -> Iterator[None]:
    """Print the document of `--json` too when nothing could be taken; the error goes on."""
    from riskmap.storage.errors import clear_storage_errors  # noqa: PLC0415  (SQLAlchemy)

    try:
        with clear_storage_errors():
            yield
    except CLEAR_ERRORS as error:
        if as_json:
            text = " ".join(str(error).split())
            said = (getattr(error, "what", text), getattr(error, "mend", ""))
            value = str(getattr(error, "value", ""))
            fault = Fault("", None, None, None, value, "；".join(part for part in said if part))
            print_json(import_document(0, 0, [fault], None, refusal=text))
        raise


def show_refusal(text: str) -> None:
    """Say in one line on stderr that nothing was taken; the reasons stand on stdout."""
    typer.echo(f"错误：{' '.join(text.split())}", err=True)


def show_faults(faults: Sequence[Fault], rejects_file: Path | None) -> None:
    """Print the first faults, how many more there are, and where the rejected rows lie."""
    for fault in faults[:SHOWN_FAULTS]:
        mark = "提示" if fault.severity == "note" else "拒收"
        typer.echo(f"  [{mark}] {fault.line()}")
    if len(faults) > SHOWN_FAULTS:
        typer.echo(f"  …… 另有 {len(faults) - SHOWN_FAULTS} 条，见报告")
    if rejects_file is not None:
        typer.echo(f"拒收的行：{shown_path(rejects_file)}（改正后可直接再导入）")


def show_paths(report_file: Path | None) -> None:
    """Print where the whole report lies."""
    if report_file is not None:
        typer.echo(f"完整报告：{shown_path(report_file)}")
