"""Replay: compute a stored day again from what it names, and compare byte for byte."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from riskmap.canonical import digest_of, iso
from riskmap.daily.computing import Basis, compute
from riskmap.daily.history import ShownDay, revision_of, shown_days
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.layer_store import Snapshot, history
from riskmap.moment import Moment
from riskmap.schemes import stored_scheme
from riskmap.storage.database import day_towns, days
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class Replay:
    """What a replay found: both digests, and the first difference where they differ."""

    date: date
    revision: int
    stored_digest: str
    replayed_digest: str
    equal: bool
    difference: str | None

    @property
    def of(self) -> str:
        """Return what was replayed, as it is written."""
        return self.date.isoformat()


def replay_day(ws: Workspace, day: date, *, now: datetime, revision: int | None = None) -> Replay:
    """Recompute a stored day from its layers, record cut-off, scheme and earlier days.

    Parameters
    ----------
    revision
        Which revision; by default the one that is shown.

    Raises
    ------
    NotFoundError
        The day, a layer snapshot, the scheme or an earlier day that it names is not there.
    """
    with ws.read() as connection:
        shown = _chosen(connection, day, revision)
        stored = connection.execute(sa.select(days).where(days.c.id == shown.id)).one()
        towns = list(
            connection.execute(
                sa.select(day_towns.c.code, day_towns.c.document)
                .where(day_towns.c.day_id == shown.id)
                .order_by(day_towns.c.code)
            )
        )
        basis = _basis(ws, connection, stored)
    again = compute(ws, basis, now)
    before = [stored.document, *(text for _, text in towns)]
    after = [again.text, *again.town_texts]
    equal = before == after and stored.digest == again.digest
    difference = None if equal else difference_of(before, after, stored.digest)
    return Replay(day, shown.revision, stored.digest, again.digest, equal, difference)


def _chosen(connection: sa.Connection, day: date, revision: int | None) -> ShownDay:
    if revision is not None:
        found = revision_of(connection, day, revision)
    else:
        found = next(iter(shown_days(connection, day, day)), None)
    if found is None:
        raise NotFoundError(
            "没有这一天的成果", day.isoformat(), f"先运行 riskmap daily --date {day}"
        )
    return found


def _basis(ws: Workspace, connection: sa.Connection, stored: Any) -> Basis:
    """Return what the stored day names, from the store."""
    document = json.loads(stored.document)
    where = document["provenance"]
    scheme = stored_scheme(connection, where["scheme"]["digest"])
    earlier = []
    for named, revision in where["history"]:
        found = revision_of(connection, date.fromisoformat(named), int(revision))
        if found is None:
            raise NotFoundError("缺少更早一日的成果", f"{named} 第 {revision} 版", "从备份恢复")
        earlier.append(found)
    snapshots = {layer: snapshot_named(ws, layer, said) for layer, said in where["layers"].items()}
    moment = Moment(
        stored.date,
        pd.Timestamp(document["at"]).tz_convert(ws.settings.zone),
        pd.Timestamp(where["known_until"]).tz_convert(ws.settings.zone),
    )
    notes = {
        layer: said["late_note"] for layer, said in where["layers"].items() if said["late_note"]
    }
    return Basis(moment, snapshots, notes, scheme, tuple(earlier), where["code_version"])


def snapshot_named(ws: Workspace, layer: str, said: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot of a layer that a result names by digest and moment of import.

    Raises
    ------
    NotFoundError
        The store has it no more.
    """
    for snapshot in history(ws, layer):
        imported = iso(snapshot.imported_at.astimezone(ws.settings.zone))
        if snapshot.digest == said["digest"] and imported == said["imported_at"]:
            return snapshot
    raise NotFoundError("缺少该日的图层快照", f"{layer} {said['digest'][:12]}", "从备份恢复")


def difference_of(before: list[str], after: list[str], digest: str) -> str:
    """Return the first place where two results differ, in words."""
    if digest_of(before) != digest:
        return f"库里的成果与它自己的摘要 {digest[:12]} 不符：入库后被改动过"
    if len(before) != len(after):
        return f"镇街数不同：原 {len(before) - 1}，重算 {len(after) - 1}"
    for old, new in zip(before, after, strict=True):
        if old != new:
            for place in _places("", json.loads(old), json.loads(new)):
                return place
            return "文字写法不同而数值相同"
    raise RiskmapError("重算的摘要不同，但找不到不同之处", digest, "请保留数据库并报告")


def _places(path: str, old: Any, new: Any) -> Iterator[str]:
    """Yield every place where two documents differ: path, stored value, replayed value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if key not in old or key not in new:
                yield f"{path}.{key}：{'只在原成果中' if key in old else '只在重算中'}"
            else:
                yield from _places(f"{path}.{key}", old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _places(f"{path}[{i}]", a, b)
    elif old != new:
        yield f"{path.lstrip('.')}：原 {_short(old)}，重算 {_short(new)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"
