"""A page of a layer as GeoJSON: rows in the rectangle, from a cursor on, persons left out."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import shapely

from riskmap.map_datum import in_datum
from web.parameters import Bbox, Cursor, write_cursor
from web.privacy import masked, without_persons


@dataclass(frozen=True)
class Page:
    """What a reader asks for: a layer's snapshot, a rectangle, rows from `offset` on.

    The rectangle is in the datum of the stored data, whatever `datum` the answer is asked in.
    """

    layer: str
    digest: str
    bbox: Bbox | None
    offset: int
    limit: int
    datum: str = "wgs84"


ID_COLUMNS = ("id", "code", "number", "alert_id", "hazard_source_id")


def features_in(table: pd.DataFrame, bbox: Bbox | None) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the positions of the rows whose geometry meets the rectangle, in table order.

    Parameters
    ----------
    table
        A layer, with or without a column ``geometry`` (longitude, latitude in degrees).
    bbox
        The rectangle; None takes all rows, and rows without geometry too.

    Returns
    -------
    ndarray of int64 (k,)
    """
    if bbox is None:
        return np.arange(len(table))
    if "geometry" not in table.columns:
        return np.arange(0)
    frame = shapely.box(bbox.west, bbox.south, bbox.east, bbox.north)
    shapely.prepare(frame)
    shapes = np.asarray(table["geometry"].array, dtype=object)
    return np.flatnonzero(shapely.intersects(frame, shapes))


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values: unknown is None, times ISO 8601, no persons, numbers masked."""
    shown = without_persons(table.drop(columns="geometry", errors="ignore"))
    columns = {str(name): plain_column(shown[name]) for name in shown.columns}
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain_column(values: pd.Series, *, persons: bool = False) -> list[Any]:
    """Return a column as JSON values; a moment without a zone is a calendar date.

    Numbers of persons inside texts are masked unless `persons` may be seen.
    """
    known = values.notna().to_numpy()
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        plain: list[Any] = [moment.isoformat() for moment in values]
    elif pd.api.types.is_datetime64_dtype(values.dtype):
        plain = values.dt.strftime("%Y-%m-%d").tolist()
    elif pd.api.types.is_numeric_dtype(values.dtype):
        plain = values.astype(object).tolist()
    else:
        keep = persons or values.name in ID_COLUMNS
        plain = [_plain(value, keep) for value in values]
    return [value if ok else None for value, ok in zip(plain, known, strict=True)]


def collection(table: pd.DataFrame, page: Page) -> str:
    """Return one page of a layer as the text of a GeoJSON FeatureCollection.

    The next page is read from the same snapshot, also when a newer one has come in between.
    """
    positions = features_in(table, page.bbox)
    part = _moved(table.iloc[positions[page.offset : page.offset + page.limit]], page.datum)
    head = {
        "type": "FeatureCollection",
        "layer": page.layer,
        "snapshot": page.digest,
        **({} if page.datum == "wgs84" else {"datum": page.datum}),
        "numberMatched": int(positions.size),
        "numberReturned": len(part),
        "links": _links(page, int(positions.size)),
    }
    body = ",".join(_feature_texts(part))
    return f'{json.dumps(head, ensure_ascii=False)[:-1]},"features":[{body}]}}'


def _moved(part: pd.DataFrame, datum: str) -> pd.DataFrame:
    """Return rows with their geometry, and lon and lat, in the datum of a base map."""
    if datum == "wgs84" or "geometry" not in part.columns:
        return part
    shapes = in_datum(np.asarray(part["geometry"].array, dtype=object), datum)
    plain = pd.DataFrame(part.drop(columns=["geometry", "lon", "lat"], errors="ignore"))
    return plain.assign(geometry=shapes)


def day_collection(document: dict[str, Any], towns: pd.DataFrame) -> str:
    """Return the towns of a day as the text of a GeoJSON FeatureCollection."""
    head = {
        "type": "FeatureCollection",
        "date": document["date"],
        "status": document["status"],
        "revision": document["revision"],
    }
    body = ",".join(_feature_texts(towns))
    return f'{json.dumps(head)[:-1]},"features":[{body}]}}'


def query_key(layer: str, bbox: Bbox | None) -> str:
    """Return what a cursor belongs to."""
    return f"{layer}|{bbox.text if bbox else ''}"


def _feature_texts(part: pd.DataFrame) -> list[str]:
    rows = plain_rows(part)
    if "geometry" in part.columns:
        made = shapely.to_geojson(np.asarray(part["geometry"].array, dtype=object))
        shapes = ["null" if text is None else str(text) for text in made]
    else:
        shapes = ["null"] * len(rows)
    return [
        f'{{"type":"Feature",{_id_text(row)}"geometry":{shape},'
        f'"properties":{json.dumps(row, ensure_ascii=False, allow_nan=False)}}}'
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _id_text(row: dict[str, Any]) -> str:
    known = next((row[name] for name in ID_COLUMNS if row.get(name) is not None), None)
    return "" if known is None else f'"id":{json.dumps(str(known), ensure_ascii=False)},'


def _links(page: Page, matched: int) -> list[dict[str, str]]:
    places = [("self", page.offset)]
    if page.offset + page.limit < matched:
        places.append(("next", page.offset + page.limit))
    return [
        {"rel": rel, "type": "application/geo+json", "href": _address(page, offset)}
        for rel, offset in places
    ]


def _address(page: Page, offset: int) -> str:
    query = {"limit": str(page.limit)}
    if page.bbox:
        query = {"bbox": page.bbox.text, **query}
    if page.datum != "wgs84":
        query["datum"] = page.datum
    if offset:
        cursor = Cursor(page.digest, query_key(page.layer, page.bbox), offset)
        query["cursor"] = write_cursor(cursor)
    return f"/api/v1/layers/{page.layer}?{urlencode(query, safe=',')}"


def _plain(value: object, keep: bool) -> object:
    if isinstance(value, str):
        return value if keep else masked(value)
    if isinstance(value, np.generic):
        return value.item()
    isoformat = getattr(value, "isoformat", None)
    if callable(isoformat):
        return isoformat()
    return value if isinstance(value, bool | int | float | list | dict) else masked(str(value))
