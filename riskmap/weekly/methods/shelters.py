"""The indicator from the layer of shelters: how many of a town's shelters are usable."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from riskmap.weekly.ground import shelters_by_town
from riskmap.weekly.measures import Measure, unknown
from riskmap.weekly.methods.counting import by_town, counts, share
from riskmap.weekly.methods.material import Material
from scoring.weekly.parts import WeeklyIndicator

LAYER = "shelters"


def shelters_usable(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of usable shelters among those of which it is known [%].

    A shelter counts for the town that it lies in; one of which nothing says whether it is usable
    is unknown, neither good nor bad, and is told among the facts.
    """
    table = shelters_by_town(material.ws, material.places, material.snapshots)
    if table is None:
        return unknown(material.n)
    table = table[table["town_idx"] >= 0]
    unsaid = counts(table[table["usable"].isna()], material.n)
    known = table[table["usable"].notna()]
    facts = by_town({"usable_unknown": unsaid.astype(np.int64)}, unsaid > 0)
    return share(known, known["usable"] == 1, material.n, kind=LAYER, texts=_texts, facts=facts)


def _texts(rows: pd.DataFrame) -> Sequence[str]:
    return [f"{name}，标明不可用" for name in rows["name"]]
