"""Compute the day and store it: layers and records in, the five-colour map out.

The same layers, records as known, scheme, earlier days and code give the same bytes; what
depends on the clock (`computed_at`) or is decided later (`status`) is kept outside of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from riskmap.access import audit
from riskmap.access.actors import LOCAL, Actor
from riskmap.access.policy import authorise
from riskmap.canonical import canonical_text, digest_of, iso
from riskmap.daily.change import changes_since
from riskmap.daily.day_document import (
    freshness,
    headline,
    headline_previous,
    provenance,
    signal_documents,
    unusual_documents,
)
from riskmap.daily.facts import Facts, Records, gather_facts, load_records, usable_kinds
from riskmap.daily.history import ShownDay, read_past, shown_days
from riskmap.daily.inventory import Inventory, take_inventory
from riskmap.daily.learning import last_learnt, refuse_look_back
from riskmap.daily.reasons import contribution_rows, floor_rows
from riskmap.daily.top_risks import layer_candidates, top_risks
from riskmap.daily.town_document import Told, town_details, town_rows
from riskmap.daily.what_if import what_if_documents
from riskmap.daily.worked import Worked
from riskmap.district import District, load_district, snapshots_in_use
from riskmap.errors import RiskmapError
from riskmap.layer_store import Snapshot
from riskmap.ledger.workdays import calendar_of
from riskmap.moment import Moment, reference_moment, refuse_future
from riskmap.places import Places
from riskmap.records.duties import device_rates, rates_from_records
from riskmap.records.storing import queue_writers
from riskmap.schemes import keep_scheme, scheme_in_use
from riskmap.storage.database import day_towns, days
from riskmap.workspace import Workspace
from scoring.daily.inputs import DailyInputs
from scoring.daily.score import score_day
from scoring.daily.unusual import unusual
from scoring.schemes.scheme import Scheme

CHUNK = 500


@dataclass(frozen=True)
class Basis:
    """Everything that decides a day's result, pinned."""

    moment: Moment
    snapshots: Mapping[str, Snapshot]
    notes: Mapping[str, str]
    scheme: Scheme
    earlier: tuple[ShownDay, ...]
    code_version: str


@dataclass(frozen=True)
class DayResult:
    """A computed day, not yet stored: the document, the towns' details, their exact texts.

    `as_of` is the moment that was asked for, None where all that is known now counts.
    """

    moment: Moment
    scheme: Scheme
    computed_at: datetime
    document: Mapping[str, Any]
    towns: Sequence[Mapping[str, Any]]
    text: str
    town_texts: Sequence[str]
    digest: str
    as_of: datetime | None = None


@dataclass(frozen=True)
class StoreOutcome:
    """What storing did: `unchanged` when the newest revision says the same already."""

    revision: int
    unchanged: bool
    published: bool


def compute_day(
    ws: Workspace, day: date, *, as_of: datetime | None = None, now: datetime
) -> DayResult:
    """Compute a day from the layers in use and the records as known.

    Parameters
    ----------
    day
        The day, today or earlier in the district's zone.
    as_of
        Only what was known at this moment counts; on the day itself it is also the moment that
        the day is computed for.
    now
        The present moment, with zone.

    Raises
    ------
    RiskmapError
        The day is in the future, there are no towns, the scheme is not valid on that day.
    """
    return replace(compute(ws, choose_basis(ws, day, as_of, now), now), as_of=as_of)


def choose_basis(ws: Workspace, day: date, as_of: datetime | None, now: datetime) -> Basis:
    """Pin what a day is computed from."""
    zone = ws.settings.zone
    refuse_future(day, now, zone)
    if as_of is not None and as_of > now:
        raise RiskmapError("截止时刻在将来", iso(as_of), "--as-of 须不晚于现在")
    scheme = scheme_in_use(ws)
    if not scheme.valid_from <= day <= scheme.valid_to:
        raise RiskmapError(
            f"评分方案 {scheme.version} 的有效期不含这一天",
            day.isoformat(),
            f"有效期 {scheme.valid_from} 至 {scheme.valid_to}，请换用当时的方案",
        )
    at = reference_moment(day, ws.settings.district.cutoff, zone, as_of)
    known_until = as_of or last_learnt(ws, day, at, now) or at
    moment = Moment(day, pd.Timestamp(at), pd.Timestamp(known_until.astimezone(zone)))
    snapshots, notes = snapshots_in_use(ws, as_of)
    first = day - timedelta(days=scheme.unusual.days)
    with ws.read() as connection:
        earlier = shown_days(connection, first, moment.previous_day)
    return Basis(moment, snapshots, notes, scheme, tuple(earlier), version("riskmap"))


def compute(ws: Workspace, basis: Basis, now: datetime) -> DayResult:
    """Compute a day from a pinned basis."""
    moment, scheme = basis.moment, basis.scheme
    district = load_district(ws, basis.snapshots, basis.notes)
    inventory = take_inventory(district, scheme)
    records, places = load_records(ws, moment), places_of(district, scheme)
    facts = gather_facts(
        records,
        places,
        moment,
        scheme,
        sources=inventory.sources,
        district_code=district_code(ws, district),
        derived=derived_rates(ws, records, places, moment, scheme, firms=inventory.firms),
    )
    with ws.read() as connection:
        past = read_past(connection, district.codes, moment.day, basis.earlier)
    inputs = engine_inputs(inventory, facts, past.previous_level)
    scores = score_day(inputs, scheme)
    worked = Worked(moment, scheme, district, inventory, facts, past, inputs, scores)
    return tell_day(ws, worked, basis.code_version, now)


def derived_rates(
    ws: Workspace,
    records: Records,
    places: Places,
    moment: Moment,
    scheme: Scheme,
    *,
    firms: frozenset[str] | None,
) -> dict[str, NDArray[np.float64]]:
    """Return the weekly indicators that records and devices give at a moment, by code."""
    if scheme.control_from_records is None:
        return {}
    usable = usable_kinds(records, moment, scheme)
    found = rates_from_records(
        records.tables, usable, places, moment, scheme, calendar=calendar_of(ws), firms=firms
    )
    return found | device_rates(ws, places, moment)


def engine_inputs(
    inventory: Inventory, facts: Facts, previous_level: NDArray[np.int8]
) -> DailyInputs:
    """Return the arrays of the engine; every signal holds in the whole district."""
    n, k = len(inventory.density), len(facts.signals)
    return DailyInputs(
        hazard=inventory.hazard,
        density=inventory.density,
        vulnerable=inventory.vulnerable,
        signal_type=facts.signals["type_idx"].to_numpy(np.int64),
        signal_level=facts.signals["level_idx"].to_numpy(np.int64),
        signal_covers=np.ones((n, k), dtype=bool),
        signal_known=facts.signal_known,
        backlog=facts.backlog,
        accident=facts.accident,
        special=facts.special,
        index=facts.control.index,
        closure=facts.closure,
        online=facts.control.online,
        triggers=facts.engine_triggers(),
        lowered=facts.lowered,
        previous_level=previous_level,
        stale=facts.stale,
    )


def places_of(district: District, scheme: Scheme) -> Places:
    """Return the words for towns and sectors."""
    own = {code: i for i, code in enumerate(scheme.sector_codes)}
    return Places(district.codes, district.names, scheme.sector_codes, own | dict(scheme.domains))


def district_code(ws: Workspace, district: District) -> str:
    """Return the district's digits (6; Taiwan 5): the setting, else the towns' commonest head."""
    if ws.settings.district.code:
        return ws.settings.district.code
    own = [code[: 5 if len(code) == 8 else 6] for code in district.codes]  # 8 digits: Taiwan
    heads, counts = np.unique(own, return_counts=True)
    return str(heads[counts.argmax()])


def tell_day(ws: Workspace, worked: Worked, code_version: str, now: datetime) -> DayResult:
    """Put a computed day into documents and give them their digest."""
    moment, scheme, scores = worked.moment, worked.scheme, worked.scores
    where = provenance(worked, code_version)
    fresh = freshness(where["layers"], where["records"])
    contributions = contribution_rows(worked)
    risks, communities = top_risks(worked, layer_candidates(worked.district, worked.inventory))
    percentile, counted = unusual(scores.score, worked.past.scores.T)
    told = Told(
        contributions=contributions,
        floors=floor_rows(worked),
        changes=changes_since(worked, contributions),
        unusual=unusual_documents(percentile, counted, scheme.unusual.min_days),
        top_risks=risks,
        communities=communities,
        what_if=what_if_documents(worked.inputs, scores, scheme),
    )
    rows = town_rows(worked, told, fresh)
    towns = town_details(worked, rows, told)
    document = {
        "date": moment.day.isoformat(),
        "at": iso(moment.at),
        "known_until": iso(moment.known_until),
        "district": {"name": ws.settings.district.name, "code": district_code(ws, worked.district)},
        "headline_counts": headline([row["level"] for row in rows]),
        "headline_previous": headline_previous(worked.past),
        "signals": signal_documents(worked.facts, moment),
        "provenance": where,
        "oldest_source": {"name": fresh["oldest"], "age_days": fresh["age_days"]},
        "towns": rows,
    }
    text, town_texts = canonical_text(document), [canonical_text(town) for town in towns]
    digest = digest_of([text, *town_texts])
    return DayResult(moment, scheme, now, document, towns, text, town_texts, digest)


def store_day(ws: Workspace, result: DayResult, actor: Actor = LOCAL) -> StoreOutcome:
    """Store a day in one transaction as a new revision; nothing stored is ever changed.

    When the newest revision of the date has the same digest nothing is written. A reader sees
    the last complete day at any moment, also when this is killed half-way. So that what is shown
    never knows less than before, a look-back is not stored.

    Raises
    ------
    LookBackError
        The day was computed as of a moment before what a stored revision knows.
    SignInError, ForbiddenError
        The actor may not compute days.
    """
    authorise(actor, "day.compute")
    with ws.write() as connection:
        queue_writers(connection)
        newest = connection.execute(
            sa.select(days.c.id, days.c.revision, days.c.digest)
            .where(days.c.date == result.moment.day)
            .order_by(days.c.revision.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None and newest.digest == result.digest:
            return StoreOutcome(newest.revision, True, _published(connection, newest.id))
        refuse_look_back(connection, ws, result.moment.day, result.as_of)
        revision = 1 if newest is None else newest.revision + 1
        keep_scheme(connection, result.scheme, result.computed_at)
        inserted = connection.execute(
            sa.insert(days).values(
                date=result.moment.day,
                revision=revision,
                computed_at=result.computed_at,
                at=result.moment.at.to_pydatetime(),
                known_until=result.moment.known_until.to_pydatetime(),
                scheme_digest=result.scheme.digest,
                code_version=result.document["provenance"]["code_version"],
                digest=result.digest,
                document=result.text,
            )
        )
        key = inserted.inserted_primary_key
        if key is None:
            raise RuntimeError("the database gave no key for the day")
        _insert_towns(connection, int(key[0]), result)
        audit.append(
            connection,
            actor,
            "day.compute",
            f"day:{result.moment.day}#{revision}",
            now=result.computed_at,
            after={"digest": result.digest, "scheme": result.scheme.digest},
        )
    return StoreOutcome(revision, False, False)


def _insert_towns(connection: sa.Connection, day_id: int, result: DayResult) -> None:
    rows = [
        {
            "day_id": day_id,
            "code": town["code"],
            "date": result.moment.day,
            "score": town["score"],
            "level": town["level"],
            "document": text,
        }
        for town, text in zip(result.towns, result.town_texts, strict=True)
    ]
    for start in range(0, len(rows), CHUNK):
        connection.execute(sa.insert(day_towns), rows[start : start + CHUNK])


def _published(connection: sa.Connection, day_id: int) -> bool:
    return any(shown.id == day_id and shown.published for shown in shown_days(connection))
