"""What every command shares: the workspace it works on, the time, how it prints."""

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from riskmap import clock
from riskmap.settings import read_machine_settings

if TYPE_CHECKING:
    from riskmap.access.actors import Actor
    from riskmap.workspace import Workspace

EXIT_ALL, EXIT_SOME, EXIT_NONE = 0, 1, 2
"""Exit codes of imports: all taken, some rejected, nothing taken."""


@dataclass(frozen=True)
class State:
    """Options given before the command's name."""

    workspace: Path | None = None


def workspace_root(context: typer.Context) -> Path:
    """Return the workspace folder: --workspace, else RISKMAP_WORKSPACE, else the current one."""
    state = context.find_object(State)
    given = state.workspace if state is not None else None
    return given or read_machine_settings(os.environ).workspace or Path.cwd()


def database_url() -> str | None:
    """Return RISKMAP_DATABASE_URL, None when not set."""
    return read_machine_settings(os.environ).database_url


def second_factor_key() -> str | None:
    """Return RISKMAP_SECOND_FACTOR_KEY, None when not set."""
    return read_machine_settings(os.environ).second_factor_key


def opened(context: typer.Context) -> "Workspace":
    """Open the workspace of this command; use it in a `with` block."""
    from riskmap.workspace import open_workspace  # noqa: PLC0415  (SQLAlchemy, not for --help)

    return open_workspace(workspace_root(context), database_url(), second_factor_key())


def operator() -> "Actor":
    """Return who runs this command: the user of the operating system.

    Where RISKMAP_NOW states the time, the audit says so in place of an address: the moment of
    such a row is what was stated, not what the clock said.
    """
    from riskmap.access.actors import command_line  # noqa: PLC0415  (only where somebody acts)

    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user number without a name
        name = f"uid-{os.getuid()}"
    stated = os.environ.get(clock.NOW_VARIABLE, "").strip()
    return replace(command_line(name), address=clock.NOW_VARIABLE if stated else "")


def present() -> datetime:
    """Return the present moment (UTC), or the one that RISKMAP_NOW states."""
    return clock.now(os.environ)


def print_json(document: Any) -> None:
    """Print exactly one JSON document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))


@contextmanager
def progress(text: str, quiet: bool = False) -> Iterator[None]:
    """Show on stderr that a long step runs, and for how long; nothing where that is no terminal.

    The bar moves to and fro: one call of a library does most of the work, and no share of it
    could be stated honestly.
    """
    from rich.console import Console  # noqa: PLC0415  (0.05 s, not for --help)
    from rich.progress import BarColumn, Progress, TimeElapsedColumn  # noqa: PLC0415  (as above)

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    columns = ("{task.description}", BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task(text, total=None)
        yield


def first_run(text: str) -> str:
    """Return a progress text that says so when the kernels are still to be compiled."""
    from layers.compiled import is_cached  # noqa: PLC0415  (numba, not for --help)
    from layers.location_kernels import locate  # noqa: PLC0415  (as above)

    return text if is_cached(locate) else f"首次运行，正在编译（约十几秒，只此一次）。{text}"


def shown_path(path: Path) -> str:
    """Return a path as the user would type it: relative where it lies below the folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
