"""What of the layers a week needs: residents, shelters and hazard sources by town, as known."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from riskmap.district import District, load_district
from riskmap.layer_store import Snapshot, current, history, load_layer
from riskmap.places import Places
from riskmap.shelters import place_shelters
from riskmap.weekly.measures import Floats
from riskmap.workspace import Workspace

LAYERS = ("towns", "communities", "population", "enterprises", "hazard_sources", "shelters")
"""Layers that a week is computed from."""
PEOPLE = ("towns", "communities", "population")

Snapshots = Mapping[str, Snapshot]


def snapshot_as_known(ws: Workspace, layer: str, known_until: datetime) -> Snapshot | None:
    """Return a layer as known at a moment; its first import where that came later, None if never.

    Borders and registers change slowly, and a week without them could not be computed
    (`riskmap.district.snapshots_in_use` says the same of a day).
    """
    found = current(ws, layer, known_until)
    if found is not None:
        return found
    later = history(ws, layer)
    return later[0] if later else None


def snapshots_as_known(ws: Workspace, known_until: datetime) -> dict[str, Snapshot]:
    """Return every layer of a week as known at a moment; those never imported are not in it."""
    found = {layer: snapshot_as_known(ws, layer, known_until) for layer in LAYERS}
    return {layer: one for layer, one in found.items() if one is not None}


def residents(ws: Workspace, places: Places, snapshots: Snapshots) -> Floats:
    """Return the residents of each town (n,), NaN unknown."""
    district = _district(ws, PEOPLE, snapshots)
    return _aligned(district, places, district.population)


def source_towns(ws: Workspace, places: Places, snapshots: Snapshots) -> Mapping[str, int]:
    """Return the index of the town that each major hazard source lies in, by its id."""
    if "hazard_sources" not in snapshots:
        return {}
    district = _district(ws, ("towns", "hazard_sources"), snapshots)
    points = district.points["hazard_sources"]
    index = places.town_of(pd.Series(district.codes, dtype="str"))
    ids = points.table["id"].astype("str")
    return {id_: int(index[town]) for id_, town in zip(ids, points.town, strict=True) if town >= 0}


def firms_listed(ws: Workspace, snapshots: Snapshots) -> frozenset[str] | None:
    """Return the ids of the enterprises, None without their layer."""
    snapshot = snapshots.get("enterprises")
    if snapshot is None:
        return None
    return frozenset(load_layer(ws, "enterprises", snapshot.digest)["id"].astype("str"))


def shelters_by_town(ws: Workspace, places: Places, snapshots: Snapshots) -> pd.DataFrame | None:
    """Return the shelters with the town they lie in and whether they are usable; None if unknown.

    Returns
    -------
    Columns key (id), name, town_idx, usable (1, 0, NaN not said).
    """
    snapshot, border = snapshots.get("shelters"), snapshots.get("towns")
    if snapshot is None or border is None:
        return None
    shelters = load_layer(ws, "shelters", snapshot.digest).reset_index(drop=True)
    towns = load_layer(ws, "towns", border.digest)
    town = place_shelters(towns, shelters)["town"].to_numpy(np.int64)
    index = places.town_of(towns["code"].astype("str"))
    usable = (
        shelters["usable"].astype("boolean").astype("Float64").to_numpy(np.float64, na_value=np.nan)
        if "usable" in shelters
        else np.full(len(shelters), np.nan)
    )
    return pd.DataFrame(
        {
            "key": shelters["id"].astype("str"),
            "name": shelters["name"].astype("str"),
            "town_idx": np.where(town >= 0, index[town], -1),
            "usable": usable,
        }
    )


def _district(ws: Workspace, layers: tuple[str, ...], snapshots: Snapshots) -> District:
    return load_district(ws, {name: snapshots[name] for name in layers if name in snapshots})


def _aligned(district: District, places: Places, values: Floats) -> Floats:
    index = places.town_of(pd.Series(district.codes, dtype="str"))
    aligned = np.full(len(places.codes), np.nan)
    aligned[index[index >= 0]] = values[index >= 0]
    return aligned
