"""The rows behind the numbers: layers with the town each row lies in, records by town.

Points are given to towns by where they lie, as in the computing of a day, and not by what the
table declares; records by the town they name.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from layers.contracts.layers import LAYER_CONTRACTS
from layers.location import TownLocator
from riskmap.district import SLIVER_M, representative_points
from riskmap.layer_store import current, load_layer
from riskmap.places import Places
from riskmap.records.reading import read_records
from riskmap.storage.database import RECORD_KINDS
from riskmap.workspace import Workspace

LAYERS = tuple(LAYER_CONTRACTS)
RECORDS = RECORD_KINDS
TOWN_COLUMN = "located_town"
_DISTRICT_WIDE = ("responses", "special_periods")


def town_names(workspace: Workspace) -> dict[str, str]:
    """Return the name of every town by code, in order of code; empty before the first import."""
    if current(workspace, "towns") is None:
        return {}
    towns = load_layer(workspace, "towns").sort_values("code", kind="stable")
    return dict(zip(towns["code"].astype(str), towns["name"].astype(str), strict=True))


def layer_rows(workspace: Workspace, layer: str, digest: str | None = None) -> pd.DataFrame:
    """Return a layer's rows with ``located_town``: the code of the town, NA where none is known.

    Parameters
    ----------
    workspace
        An open workspace.
    layer
        A layer that has rows (population as a raster has none).
    digest
        A snapshot; by default the one in use.

    Raises
    ------
    NotFoundError
        The layer was never imported.
    """
    table = load_layer(workspace, layer, digest)
    located: pd.DataFrame = table.assign(**{TOWN_COLUMN: _towns_of(workspace, layer, table)})
    return located


def record_rows(
    workspace: Workspace, kind: str, known_until: datetime | None = None, town: str | None = None
) -> pd.DataFrame:
    """Return the latest known records of a kind, those of one town when it is given.

    A response or special period counts for every town it names; an incoming warning has no town
    of its own and is returned for every town.

    Raises
    ------
    NotFoundError
        There is no such kind.
    """
    table = read_records(workspace, kind, known_until)
    places = _places(workspace)
    if kind in _DISTRICT_WIDE:
        if town is None:
            return table
        return table[[_names(places, text, town) for text in table["towns"]]]
    if "town" not in table.columns:
        return table
    found = places.town_of(table["town"])
    codes = np.array([*places.codes, None], dtype=object)[found]
    table = table.assign(**{TOWN_COLUMN: pd.Series(codes, index=table.index, dtype="str")})
    return table if town is None else table[table[TOWN_COLUMN] == town]


def _places(workspace: Workspace) -> Places:
    names = town_names(workspace)
    return Places(tuple(names), tuple(names.values()), (), {})


def _names(places: Places, text: object, town: str) -> bool:
    named, _ = places.towns_in(text)
    return town in places.codes and bool(named[places.codes.index(town)])


def _towns_of(workspace: Workspace, layer: str, table: pd.DataFrame) -> pd.Series:
    """Return the town code of each row by the rule of its layer."""
    if layer == "towns":
        return table["code"].astype("str")
    if layer == "substances":
        sources = layer_rows(workspace, "hazard_sources")
        by_id: Mapping[str, str] = dict(zip(sources["id"], sources[TOWN_COLUMN], strict=True))
        return table["hazard_source_id"].map(by_id).astype("str")
    if layer == "communities" and "town_code" in table.columns:
        declared = table["town_code"].astype("str")
        return declared.where(declared.notna(), _located(workspace, table))
    if layer == "population" and "code" in table.columns:
        return table["code"].astype("str").str[:9]
    return _located(workspace, table)


def _located(workspace: Workspace, table: pd.DataFrame) -> pd.Series:
    if "geometry" not in table.columns or current(workspace, "towns") is None:
        return pd.Series(np.full(len(table), None, dtype=object), index=table.index, dtype="str")
    towns = load_layer(workspace, "towns")
    locator = TownLocator.from_polygons(np.asarray(towns["geometry"].array, dtype=object))
    lon, lat = representative_points(np.asarray(table["geometry"].array, dtype=object))
    found, _ = locator.locate_near(lon, lat, SLIVER_M)
    codes = np.array([*towns["code"].astype(str), None], dtype=object)[found]
    return pd.Series(codes, index=table.index, dtype="str")
