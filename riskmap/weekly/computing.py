"""Compute a week and store it: records and deliveries in, ranked and coloured towns out.

The same layers, records as known, published weeks, scheme and code give the same bytes; what
depends on the clock (`computed_at`) or is decided later is kept outside of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.canonical import canonical_text, digest_of, iso
from riskmap.daily.learning import look_back_error
from riskmap.errors import RiskmapError
from riskmap.layer_store import load_layer
from riskmap.places import Places
from riskmap.records.storing import queue_writers
from riskmap.schemes import keep_scheme, weekly_of
from riskmap.weekly.choosing import choose_basis
from riskmap.weekly.departments import department_documents
from riskmap.weekly.measures import Floats, Measure
from riskmap.weekly.measuring import measure, nothing_to_count
from riskmap.weekly.methods.accidents import cap_scores, cappings
from riskmap.weekly.methods.material import KINDS, Material, gather_material
from riskmap.weekly.moments import (
    last_week_until,
)
from riskmap.weekly.past_weeks import read_past_weeks
from riskmap.weekly.stored import (
    StoredWeek,
    document_of,
    insert_week,
    revisions,
    town_texts,
)
from riskmap.weekly.town_rows import town_details, town_rows
from riskmap.weekly.week_document import week_document
from riskmap.weekly.worked import WeekBasis, Worked, WorkedWeek
from riskmap.workspace import Workspace
from scoring.weekly.comparison import costs, medians
from scoring.weekly.doubts import how_sure_week, which_choice_moves
from scoring.weekly.index import weekly_index
from scoring.weekly.parts import Weekly


def compute_week(
    ws: Workspace,
    week: str,
    *,
    now: datetime,
    as_of: datetime | None = None,
    reason: str | None = None,
) -> WorkedWeek:
    """Compute a week from the layers, the records as known and the published weeks before.

    Parameters
    ----------
    week
        "2026-W26".
    now
        The present moment, with zone.
    as_of
        Only what was known at this moment counts; after the cut-off only with a reason.
    reason
        Why facts that were learnt after the cut-off count: a published week is corrected, or one
        that was never published is computed late.

    Raises
    ------
    RiskmapError
        The week has not begun, `as_of` is in the future, there are no towns, the scheme is not
        valid in that week or has no weekly tables, or nothing was known at the cut-off.
    """
    basis = choose_basis(ws, week, now=now, as_of=as_of, reason=reason)
    return replace(work_week(ws, basis), as_of=as_of)


def work_week(ws: Workspace, basis: WeekBasis) -> WorkedWeek:
    """Compute a week from a pinned basis."""
    worked = measured_and_scored(ws, basis)
    rows = town_rows(worked)
    towns = town_details(worked, rows)
    departments = department_documents(worked)
    document = week_document(worked, rows, departments)
    text, town_texts = canonical_text(document), [canonical_text(town) for town in towns]
    digest = digest_of([text, *town_texts])
    return WorkedWeek(
        basis.moment,
        basis.scheme,
        basis.corrects,
        basis.reason,
        document,
        towns,
        text,
        town_texts,
        digest,
    )


def measured_and_scored(ws: Workspace, basis: WeekBasis) -> Worked:
    """Measure, score and doubt a week."""
    moment, weekly = basis.moment, weekly_of(basis.scheme)
    places = _places(ws, basis)
    material = gather_material(
        ws, weekly, moment, places, scheme=basis.scheme, snapshots=basis.snapshots
    )
    measures = measure(material)
    with ws.read() as connection:
        past = read_past_weeks(
            connection,
            basis.listed,
            places.codes,
            weekly,
            own=moment.week,
            previous_week=basis.previous_week,
        )
    values, cases, usual_used = _scored(weekly, measures, past.usual)
    found = cappings(material)
    caps = cap_scores(material, found)
    scores = weekly_index(weekly, values, cases, past.usual, caps)
    given = (weekly, values, cases, past.usual, caps)
    return Worked(
        basis=basis,
        weekly=weekly,
        places=places,
        measures=measures,
        values=values,
        cases=cases,
        past=past,
        cappings={one.town_idx: one for one in found},
        cap_weeks={one.town_idx: last_week_until(ws, one.until) for one in found},
        scores=scores,
        costs=costs(weekly, scores),
        sureness=how_sure_week(*given, previous=past.previous_index),
        sobol=which_choice_moves(*given),
        medians=medians(weekly, scores),
        usual_used=usual_used,
        delivered=_delivered(material),
        signs=_signs(weekly, measures, places),
        records=_records(material),
    )


def _scored(
    weekly: Weekly, measures: Mapping[str, Measure], usual: Mapping[str, float]
) -> tuple[dict[str, Floats], dict[str, Floats], NDArray[np.bool_]]:
    """Return values and cases by indicator, and where (n, 25) the usual rate stands in.

    Few cases are drawn to the usual rate, (n·x + 5·m) / (n + 5): where records say that there
    was no case at all (n = 0) that is m itself. A number nobody delivered stays unknown.
    """
    values, cases, stood_in = {}, {}, []
    for one in weekly.indicators:
        found = measures[one.code]
        nothing = nothing_to_count(found) & (one.small and one.code in usual)
        values[one.code] = np.where(nothing, usual.get(one.code, np.nan), found.value)
        cases[one.code] = np.where(nothing, np.nan, _cases(weekly, one.code, found))
        stood_in.append(nothing)
    return values, cases, np.stack(stood_in, axis=1)


def _cases(weekly: Weekly, code: str, measure: Measure) -> Floats:
    """Return the cases behind a measure: residents, where it counts per 10,000 of them."""
    per = 10_000.0 if "万人" in weekly.indicator(code).unit else 1.0
    cases: Floats = measure.denominator * per
    return cases


def _places(ws: Workspace, basis: WeekBasis) -> Places:
    snapshots, scheme = basis.snapshots, basis.scheme
    if "towns" not in snapshots:
        raise RiskmapError("还没有镇街图层", "towns", "先运行 riskmap import towns 文件")
    towns = load_layer(ws, "towns", snapshots["towns"].digest)
    towns = towns.sort_values("code", kind="stable")
    if towns.empty:
        raise RiskmapError("镇街图层没有任何镇街", "towns", "重新导入镇街边界")
    own = {code: i for i, code in enumerate(scheme.sector_codes)}
    return Places(
        tuple(towns["code"].astype("str")),
        tuple(towns["name"].astype("str")),
        scheme.sector_codes,
        own | dict(scheme.domains),
    )


def _signs(weekly: Weekly, measures: Mapping[str, Measure], places: Places) -> dict[str, int]:
    """Return how many signs of gaming cost each town points in the week, by code."""
    found: dict[str, int] = {}
    for one in weekly.indicators:
        for town, facts in measures[one.code].facts.items():
            count = int(facts.get("signs", 0))
            found[places.codes[town]] = found.get(places.codes[town], 0) + count
    return found


def _delivered(material: Material) -> dict[str, str]:
    """Return when a number of the week last came in, by indicator."""
    rows = material.tables["indicators"]
    last = rows[rows["town_idx"] >= 0].groupby("indicator")["learnt_at"].max()
    return {str(code): iso(when.tz_convert(material.zone)) or "" for code, when in last.items()}


def _records(material: Material) -> dict[str, dict[str, Any]]:
    """Return rows and last delivery of every kind that was read, and whether it is too old."""
    zone, newest = material.zone, material.delivered
    return {
        kind: {
            "rows": len(material.tables[kind]),
            "last_delivery": iso(newest[kind].tz_convert(zone)) if kind in newest else None,
            "stale": kind in material.stale,
        }
        for kind in KINDS
    }


def store_week(ws: Workspace, actor: Actor, worked: WorkedWeek, *, now: datetime) -> int:
    """Store a week in one transaction as a new revision and return its number.

    When the newest revision, or the published one, says the same already, nothing is written and
    that one's number is returned. Nothing stored is ever changed.

    Raises
    ------
    LookBackError
        The week was computed as of a moment before what a stored revision knows.
    RiskmapError
        The week was published, this result is another one and no reason is given.
    SignInError, ForbiddenError
        The actor may not compute weeks.
    """
    authorise(actor, "week.compute")
    week = worked.moment.week
    with ws.write() as connection:
        queue_writers(connection)
        stored = revisions(connection, week)
        published = [one for one in stored if one.published]
        for one in (*reversed(published), *stored[-1:]):
            if _says_the_same(connection, one, worked):
                return one.revision
        _refuse_look_back(ws, stored, worked)
        if published and worked.corrects is None:
            raise RiskmapError(
                f"{week} 已发布，重算的结果不同",
                f"第 {published[-1].revision} 版",
                "已发布的不改；要更正，写明理由（--reason），另出一稿",
            )
        revision = stored[-1].revision + 1 if stored else 1
        _insert(connection, worked, revision, now)
        audit.append(
            connection,
            actor,
            "week.compute",
            f"week:{week}#{revision}",
            now=now,
            after={
                "digest": worked.digest,
                "scheme": worked.scheme.digest,
                "corrects": worked.corrects,
            },
            reason=worked.reason or "",
        )
    return revision


def _refuse_look_back(ws: Workspace, stored: Sequence[StoredWeek], worked: WorkedWeek) -> None:
    """Raise where a stored revision knows of later moments: it would lose its place as newest."""
    as_of = worked.as_of
    if as_of is None:
        return
    newer = [one for one in stored if one.known_until > as_of]
    if newer:
        raise look_back_error(ws, as_of, newer[-1].revision, newer[-1].known_until)


def _says_the_same(connection: sa.Connection, one: StoredWeek, worked: WorkedWeek) -> bool:
    """Compare all but the version of the code: an update that moves no number is no correction."""
    if one.digest == worked.digest:
        return True
    document = document_of(connection, one.id)
    document["provenance"]["code_version"] = worked.document["provenance"]["code_version"]
    texts = [canonical_text(document), *town_texts(connection, one.id)]
    return digest_of(texts) == worked.digest


def _insert(connection: sa.Connection, worked: WorkedWeek, revision: int, now: datetime) -> None:
    keep_scheme(connection, worked.scheme, now)
    values = {
        "week": worked.moment.week,
        "revision": revision,
        "computed_at": now,
        "at": worked.moment.at,
        "known_until": worked.moment.known_until,
        "corrects": worked.corrects,
        "reason": worked.reason,
        "scheme_digest": worked.scheme.digest,
        "code_version": worked.document["provenance"]["code_version"],
        "digest": worked.digest,
        "document": worked.text,
    }
    insert_week(connection, values, worked.towns, worked.town_texts)
