"""Replay a stored week: compute it again from what it names, and compare byte for byte."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.daily.replaying import difference_of, snapshot_named
from riskmap.errors import NotFoundError
from riskmap.ledger.gaming import Window
from riskmap.schemes import stored_scheme
from riskmap.weekly.computing import work_week
from riskmap.weekly.measures import WeekMoment
from riskmap.weekly.stored import StoredWeek, revisions, town_texts
from riskmap.weekly.tables import weeks
from riskmap.weekly.weeks import find_week
from riskmap.weekly.worked import WeekBasis
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class WeekReplay:
    """What a replay found: both digests, and the first difference where they differ."""

    week: str
    revision: int
    stored_digest: str
    replayed_digest: str
    equal: bool
    difference: str | None

    @property
    def of(self) -> str:
        """Return what was replayed, as it is written."""
        return self.week


def replay_week(ws: Workspace, week: str, revision: int | None = None) -> WeekReplay:
    """Recompute a stored week from its layers, record cut-off, scheme and earlier weeks.

    Parameters
    ----------
    week
        "2026-W26".
    revision
        Which revision; by default the one that is shown.

    Raises
    ------
    NotFoundError
        The week, a layer snapshot, the scheme or an earlier week that it names is not there.
    """
    with ws.read() as connection:
        chosen = find_week(connection, week, revision)
        query = sa.select(weeks.c.document).where(weeks.c.id == chosen.id)
        text = connection.execute(query).scalar_one()
        before = [text, *town_texts(connection, chosen.id)]
        basis = _basis(ws, connection, chosen, json.loads(text))
    again = work_week(ws, basis)
    after = [again.text, *again.town_texts]
    equal = before == after and chosen.digest == again.digest
    difference = None if equal else difference_of(before, after, chosen.digest)
    return WeekReplay(chosen.week, chosen.revision, chosen.digest, again.digest, equal, difference)


def _basis(
    ws: Workspace, connection: sa.Connection, chosen: StoredWeek, document: dict[str, Any]
) -> WeekBasis:
    """Return what the stored week names, from the store."""
    zone, where = ws.settings.zone, document["provenance"]
    scheme = stored_scheme(connection, chosen.scheme_digest)
    known = {(one.week, one.revision): one for one in revisions(connection, before=chosen.week)}
    listed = []
    for name, revision in where["history"]:
        if (name, revision) not in known:
            raise NotFoundError("缺少更早一周的成果", f"{name} 第 {revision} 版", "从备份恢复")
        listed.append(known[name, revision])
    start, end = (
        datetime.fromisoformat(document["window"][name]).astimezone(zone)
        for name in ("start", "end")
    )
    until = datetime.fromisoformat(document["known_until"]).astimezone(zone)
    return WeekBasis(
        moment=WeekMoment(chosen.week, Window(start, end), until),
        previous_week=where["previous_week"],
        snapshots={
            layer: snapshot_named(ws, layer, said) for layer, said in where["layers"].items()
        },
        scheme=scheme,
        listed=tuple(listed),
        corrects=chosen.corrects,
        reason=chosen.reason,
        code_version=where["code_version"],
    )
