"""Scheme files: read one, the one in use, and what differs between two."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from layers.errors import InputError
from riskmap.errors import NotFoundError, RiskmapError, WorkspaceError
from riskmap.storage.database import schemes
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace, read_text

if TYPE_CHECKING:
    from scoring.schemes.scheme import Scheme
    from scoring.weekly.parts import Weekly


def read_scheme(path: Path) -> Scheme:
    """Read and check a scheme file.

    Raises
    ------
    InputError
        There is no such file.
    scoring.errors.SchemeError
        The scheme contradicts itself; every fault is listed.
    """
    return _loaded(scheme_text(path))


@lru_cache(maxsize=8)
def _loaded(text: str) -> Scheme:
    """Return the scheme of a text; read once, since reading and checking takes a while."""
    from scoring.schemes.scheme import load_scheme  # noqa: PLC0415  (numpy, not for --help)

    return load_scheme(text)


def scheme_in_use(workspace: Workspace) -> Scheme:
    """Return the scheme that riskmap.toml names, checked.

    Raises
    ------
    WorkspaceError
        The file is missing.
    scoring.errors.SchemeError
        The scheme contradicts itself.
    """
    if not workspace.scheme_path.is_file():
        raise WorkspaceError(
            "找不到评分方案",
            workspace.scheme_path,
            "把方案文件放回原处，或改 riskmap.toml 中 [scheme] 的 file",
        )
    return read_scheme(workspace.scheme_path)


def stored_scheme(connection: sa.Connection, digest: str) -> Scheme:
    """Return the scheme that a stored result names.

    Raises
    ------
    NotFoundError
        It is not in the store.
    """
    query = sa.select(schemes.c.text).where(schemes.c.digest == digest)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise NotFoundError("库里没有这份成果所用的评分方案", digest, "请从备份恢复数据库")
    return _loaded(text)


def keep_scheme(connection: sa.Connection, scheme: Scheme, used_at: datetime) -> None:
    """Store the text of a scheme beside the first result that names it."""
    query = sa.select(schemes.c.digest).where(schemes.c.digest == scheme.digest)
    if connection.execute(query).one_or_none() is None:
        connection.execute(
            sa.insert(schemes).values(
                digest=scheme.digest,
                version=scheme.version,
                text=scheme.text,
                first_used_at=used_at,
            )
        )


def weekly_rules(workspace: Workspace) -> Weekly:
    """Return the weekly tables of the scheme in use; raises as `weekly_of`."""
    return weekly_of(scheme_in_use(workspace))


def weekly_of(scheme: Scheme) -> Weekly:
    """Return the weekly tables of a scheme.

    Raises
    ------
    RiskmapError
        The scheme is older than these tables.
    """
    if scheme.weekly is None:
        raise RiskmapError(
            "评分方案没有 [weekly]",
            scheme.version,
            "从新版默认方案抄入周指数的各张表，经安委办批准后启用",
        )
    return scheme.weekly


def scheme_text(path: Path) -> str:
    """Return the text of a scheme file."""
    if not path.is_file():
        raise InputError("找不到评分方案文件", path, "检查路径和文件名")
    with clear_storage_errors(path):
        return read_text(path)


def differences(before: str, after: str) -> list[tuple[str, Any, Any]]:
    r"""Return what differs between two scheme texts, as (place, before, after).

    A place is written with dots, rows of a list by their code, type or position; None stands
    for "not there". Order of tables and comments do not count.

    >>> differences("a = 1", "a = 2\nb = 3")
    [('a', 1, 2), ('b', None, 3)]
    """
    old, new = dict(_leaves(tomllib.loads(before))), dict(_leaves(tomllib.loads(after)))
    places = [*old, *(place for place in new if place not in old)]
    return [
        (place, old.get(place), new.get(place))
        for place in places
        if old.get(place) != new.get(place)
    ]


def _leaves(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every single value of a document with its place."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{place}.{name}" if place else name)
    elif isinstance(node, list) and any(isinstance(row, dict) for row in node):
        for position, row in enumerate(node):
            yield from _leaves(row, f"{place}[{_row_name(row, position)}]")
    else:
        yield place, node


def _row_name(row: Any, position: int) -> str:
    """Return what tells a row apart: all its texts that name something, else its position."""
    if not isinstance(row, dict):
        return str(position)
    names = [str(row[name]) for name in _NAMING if isinstance(row.get(name), str)]
    return "/".join(names) or str(position)


_NAMING = (
    "code",
    "type",
    "card",
    "level",
    "weather",
    "sector",
    "subsector",
    "domain",
    "from",
    "layer",
    "kind",
    "rule",
)
