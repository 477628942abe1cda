"""The days that readers see: the only door of the web, the exports and the picture to results.

A document is what was stored, with what is better told when it is read: status and revision,
the points to another level (`riskmap.daily.margins`), the rules that moved since the day before.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from layers.names import name_key
from riskmap.canonical import iso, number
from riskmap.daily.history import ShownDay, revision_of, shown_days, town_documents
from riskmap.daily.margins import with_margins
from riskmap.daily.rule_changes import rule_changes
from riskmap.errors import NotFoundError
from riskmap.layer_store import load_layer
from riskmap.moment import parse_day
from riskmap.schemes import stored_scheme
from riskmap.storage.database import day_towns, days, schemes
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme

TREND_DAYS = 30


def list_days(ws: Workspace) -> list[dict[str, Any]]:
    """Return every computed date, newest first.

    Each row: date, status, revision, scheme, computed_at, known_until.
    """
    with ws.read() as connection:
        shown = shown_days(connection)
        versions: dict[int, str] = dict(
            connection.execute(
                sa.select(days.c.id, schemes.c.version).join(
                    schemes, schemes.c.digest == days.c.scheme_digest
                )
            ).all()
        )
    return [
        {
            "date": day.date.isoformat(),
            "status": _status(day),
            "revision": day.revision,
            "scheme": versions.get(day.id),
            "computed_at": iso(day.computed_at.astimezone(ws.settings.zone)),
            "known_until": iso(day.known_until.astimezone(ws.settings.zone)),
        }
        for day in reversed(shown)
    ]


def read_day(ws: Workspace, day: date | str) -> dict[str, Any]:
    """Return the day document that is shown for a date.

    Raises
    ------
    NotFoundError
        If that date was never computed.
    """
    with ws.read() as connection:
        shown = _shown(connection, day)
        return _day_document(ws, connection, shown)


def read_revision(ws: Workspace, day: date, revision: int) -> dict[str, Any]:
    """Return one stored revision of a day, also when another one is shown.

    Raises
    ------
    NotFoundError
        If there is no such revision.
    """
    with ws.read() as connection:
        found = revision_of(connection, day, revision)
        if found is None:
            raise NotFoundError(f"{day} 没有这一稿", revision, "请核对稿次")
        return _day_document(ws, connection, found)


def read_town_day(ws: Workspace, day: date | str, code: str) -> dict[str, Any]:
    """Return the detail of one town on a date, with its `trend` of up to 30 days.

    `rule_changes` are the rules that moved since the revision that the day was compared with;
    None where there is no earlier day.

    Raises
    ------
    NotFoundError
        If the date was never computed or has no such town.
    """
    with ws.read() as connection:
        shown = _shown(connection, day)
        text = connection.execute(
            sa.select(day_towns.c.document).where(
                day_towns.c.day_id == shown.id, day_towns.c.code == code
            )
        ).scalar_one_or_none()
        if text is None:
            raise NotFoundError(f"{shown.date} 没有这个镇街", code, "请核对镇街代码")
        document = _stored_document(connection, shown)
        detail = with_margins(json.loads(text), _scheme(connection, document))
        before = _town_before(connection, document, code)
        detail["rule_changes"] = before and rule_changes(detail["floors"], before["floors"])
        detail["trend"] = _trend(connection, shown.date, code)
    return detail


def read_town_days(ws: Workspace, day: date | str) -> list[dict[str, Any]]:
    """Return the details of all towns on a date, sorted by code, without trends."""
    with ws.read() as connection:
        shown = _shown(connection, day)
        towns = town_documents(connection, shown.id)
        scheme = _scheme(connection, _stored_document(connection, shown))
    return [with_margins(towns[code], scheme) for code in sorted(towns)]


def previous_dominant(ws: Workspace, document: Mapping[str, Any], code: str) -> str | None:
    """Return a town's dominant sector in the revision that a day was compared with.

    Parameters
    ----------
    document
        The day document; ``provenance.previous`` names the earlier date and revision.
    code
        The town.

    Returns
    -------
    str or None
        None where there was no earlier day, no such town or no dominant sector.
    """
    with ws.read() as connection:
        before = _town_before(connection, document, code)
    sector: str | None = before["dominant_sector"] if before else None
    return sector


def day_towns_geometry(ws: Workspace, day: date | str) -> gpd.GeoDataFrame:
    """Return code, name, score, level and geometry (EPSG:4490) of a day's towns by code.

    The geometry is that of the snapshot the day was computed with.
    """
    document = read_day(ws, day)
    towns = load_layer(ws, "towns", document["provenance"]["layers"]["towns"]["digest"])
    rows = {row["code"]: row for row in document["towns"]}
    table = towns.loc[towns["code"].isin(list(rows)), ["code", "name", "geometry"]]
    table = table.sort_values("code", kind="stable").reset_index(drop=True)
    for column in ("score", "level", "dominant_sector"):
        table[column] = [rows[code][column] for code in table["code"]]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=towns.crs)


def find_town(document: Mapping[str, Any], town: str) -> str:
    """Return the code of a town given by its name or code (9 digits, or 12 ending in 000).

    A name also counts in another spelling of the same characters (秀林乡 for 秀林鄉).

    Raises
    ------
    NotFoundError
        If the day has no such town; the message names those that begin alike.
    """
    wanted = town.strip()
    for row in document["towns"]:
        if wanted in (row["code"], f"{row['code']}000", row["name"]):
            return str(row["code"])
    alike = [row["code"] for row in document["towns"] if name_key(row["name"]) == name_key(wanted)]
    if len(alike) == 1:
        return str(alike[0])
    near = [row["name"] for row in document["towns"] if wanted[:1] and wanted[0] in row["name"]]
    names = "、".join(near or [row["name"] for row in document["towns"][:12]])
    raise NotFoundError("没有这个镇街", town, f"可用的名称：{names}")


def _status(shown: ShownDay) -> str:
    return "published" if shown.published else "draft"


def _shown(connection: sa.Connection, day: date | str) -> ShownDay:
    wanted = parse_day(day) if isinstance(day, str) else day
    found = shown_days(connection, wanted, wanted)
    if not found:
        raise NotFoundError(
            "没有这一天的成果", wanted.isoformat(), f"先运行 riskmap daily --date {wanted}"
        )
    return found[0]


def _day_document(ws: Workspace, connection: sa.Connection, shown: ShownDay) -> dict[str, Any]:
    document = _stored_document(connection, shown)
    scheme = _scheme(connection, document)
    document["towns"] = [with_margins(town, scheme) for town in document["towns"]]
    document["status"] = _status(shown)
    document["revision"] = shown.revision
    document["computed_at"] = iso(shown.computed_at.astimezone(ws.settings.zone))
    document["provenance"]["digest"] = shown.digest
    return document


def _stored_document(connection: sa.Connection, shown: ShownDay) -> dict[str, Any]:
    text = connection.execute(sa.select(days.c.document).where(days.c.id == shown.id)).scalar_one()
    document: dict[str, Any] = json.loads(text)
    return document


def _scheme(connection: sa.Connection, document: Mapping[str, Any]) -> Scheme:
    return stored_scheme(connection, document["provenance"]["scheme"]["digest"])


def _town_before(
    connection: sa.Connection, document: Mapping[str, Any], code: str
) -> dict[str, Any] | None:
    """Return a town's stored detail in the revision that a day was compared with."""
    previous = document["provenance"].get("previous")
    if not previous:
        return None
    found = revision_of(connection, parse_day(previous["date"]), previous["revision"])
    text = connection.execute(
        sa.select(day_towns.c.document).where(
            day_towns.c.day_id == (found.id if found else -1), day_towns.c.code == code
        )
    ).scalar_one_or_none()
    before: dict[str, Any] | None = json.loads(text) if text else None
    return before


def _trend(connection: sa.Connection, day: date, code: str) -> list[dict[str, Any]]:
    shown = shown_days(connection, day - timedelta(days=TREND_DAYS - 1), day)
    rows = connection.execute(
        sa.select(day_towns.c.date, day_towns.c.score, day_towns.c.level)
        .where(day_towns.c.code == code, day_towns.c.day_id.in_([one.id for one in shown]))
        .order_by(day_towns.c.date)
    )
    return [
        {
            "date": row.date.isoformat(),
            "score": None if row.score is None else number(row.score),
            "level": row.level,
        }
        for row in rows
    ]
