"""How an index is written (more decimals where 0.1 would change its colour), and a chance."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoring.composite.ranking import Bands, band_of, rounded

MOST_DECIMALS = 6


def chance_text(chance: float) -> str:
    """Return a probability in whole per cent, cut: what does not reach 80 % never reads 80 %.

    >>> chance_text(0.796), chance_text(0.8), chance_text(0.29), chance_text(1.0)
    ('79%', '80%', '29%', '100%')
    """
    return f"{int(chance * 100 + 1e-6)}%"


def index_text(index: float | None, bands: Sequence[Mapping[str, Any]]) -> str:
    """Return an index as readers see it, "" when unknown.

    Parameters
    ----------
    index
        0 … 100, None unknown.
    bands
        Those of a week document: `min` and `inclusive`, in any order.

    Examples
    --------
    >>> bands = [{"min": 95, "inclusive": True}, {"min": 90, "inclusive": False},
    ...          {"min": 0, "inclusive": True}]
    >>> [index_text(one, bands) for one in (95.0, 94.99, 94.94, 90.04, 90.0, 76.05, None)]
    ['95.0', '94.99', '94.9', '90.04', '90.0', '76.1', '']
    """
    if index is None:
        return ""
    decimals = index_decimals(index, bands)
    return f"{float(rounded(np.array(index), decimals)):.{decimals}f}"


def index_decimals(index: float, bands: Sequence[Mapping[str, Any]]) -> int:
    """Return how many decimals keep an index on its side of every edge, at least one."""
    edges = sorted((float(band["min"]), bool(band["inclusive"])) for band in bands)
    limits = Bands(tuple(edge for edge, _ in edges[1:]), tuple(itself for _, itself in edges[1:]))
    tried = np.array([rounded(np.array(index), places) for places in range(1, MOST_DECIMALS)])
    kept = band_of(tried, limits) == band_of(np.array(index), limits)
    return int(np.argmax(kept)) + 1 if kept.any() else MOST_DECIMALS
